# The table in which Vault keeps its data. Vault fixes the keys' names and types; the rest protects what is in it.

resource "aws_dynamodb_table" "vault" {
  #checkov:skip=CKV_AWS_119:the key is the caller's choice, kms_key_arn; example/ gives one

  name      = var.name
  hash_key  = "Path"
  range_key = "Key"

  attribute {
    name = "Path"
    type = "S"
  }

  attribute {
    name = "Key"
    type = "S"
  }

  billing_mode   = var.billing_mode
  read_capacity  = var.read_capacity
  write_capacity = var.write_capacity

  dynamic "on_demand_throughput" {
    for_each = var.max_read_request_units == null && var.max_write_request_units == null ? [] : [true]

    content {
      max_read_request_units  = var.max_read_request_units
      max_write_request_units = var.max_write_request_units
    }
  }

  point_in_time_recovery {
    enabled                 = true
    recovery_period_in_days = var.recovery_period_in_days
  }

  server_side_encryption {
    enabled     = var.kms_key_arn != null # false is not "in clear", but a key that AWS owns
    kms_key_arn = var.kms_key_arn
  }

  deletion_protection_enabled = var.deletion_protection

  # There is no time to live here, and there must be none: Vault's lock has a number that looks like one.

  tags = var.tags

  # so that a destruction begins with the table: where it is refused, nothing else is gone
  depends_on = [
    aws_cloudwatch_metric_alarm.throttled,
    aws_cloudwatch_metric_alarm.system_errors,
    aws_cloudwatch_metric_alarm.consumed_write_capacity,
  ]
}
