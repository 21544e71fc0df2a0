# What to be woken for. ThrottledRequests and SystemErrors are counted for each operation alone, so each alarm adds up
# those of the six that Vault uses.

locals {
  operations = ["BatchWriteItem", "DeleteItem", "DescribeTable", "GetItem", "Query", "UpdateItem"]
}

# Vault waits for a throttled write and repeats it; what is late is a login, then the lock, then the active node.
resource "aws_cloudwatch_metric_alarm" "throttled" {
  alarm_name          = "${var.name}-throttled"
  alarm_description   = "DynamoDB throttles Vault's table ${var.name}: raise the capacity or the caps, or find out who writes."
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
  tags                = var.tags

  metric_query {
    id          = "throttled"
    label       = "throttled requests and writes"
    expression  = "SUM(FILL(METRICS(), 0))"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = local.operations

    content {
      id = lower(metric_query.value)

      metric {
        namespace   = "AWS/DynamoDB"
        metric_name = "ThrottledRequests"
        dimensions  = { TableName = var.name, Operation = metric_query.value }
        period      = 60
        stat        = "Sum"
      }
    }
  }

  # a batch of which a part was throttled is no throttled request: its items are counted here
  metric_query {
    id = "writes"

    metric {
      namespace   = "AWS/DynamoDB"
      metric_name = "WriteThrottleEvents"
      dimensions  = { TableName = var.name }
      period      = 60
      stat        = "Sum"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "system_errors" {
  alarm_name          = "${var.name}-system-errors"
  alarm_description   = "DynamoDB answers Vault with errors of its own (500) on the table ${var.name}."
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 3 # single ones happen, and Vault repeats them
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
  tags                = var.tags

  metric_query {
    id          = "errors"
    label       = "errors of DynamoDB"
    expression  = "SUM(FILL(METRICS(), 0))"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = local.operations

    content {
      id = lower(metric_query.value)

      metric {
        namespace   = "AWS/DynamoDB"
        metric_name = "SystemErrors"
        dimensions  = { TableName = var.name, Operation = metric_query.value }
        period      = 60
        stat        = "Sum"
      }
    }
  }
}

# Each login with a service token writes some 15 items: this is where a workload in a loop, or leases without end, show.
resource "aws_cloudwatch_metric_alarm" "consumed_write_capacity" {
  alarm_name          = "${var.name}-consumed-write-capacity"
  alarm_description   = "Vault writes more than ${var.alarm_write_units_per_second} units a second to the table ${var.name}: who logs in, or creates leases, so often?"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.alarm_write_units_per_second * 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
  tags                = var.tags

  namespace   = "AWS/DynamoDB"
  metric_name = "ConsumedWriteCapacityUnits"
  dimensions  = { TableName = var.name }
  period      = 300
  statistic   = "Sum"
}
