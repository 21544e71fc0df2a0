# Plans alone, on a provider that is only pretended: no account, no network.

mock_provider "aws" {}

run "what_vault_needs" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.vault.hash_key == "Path" && aws_dynamodb_table.vault.range_key == "Key"
    error_message = "Vault looks for Path and Key."
  }

  assert {
    condition     = { for each in aws_dynamodb_table.vault.attribute : each.name => each.type } == { Path = "S", Key = "S" }
    error_message = "Both are strings, and there is no other attribute."
  }

  assert {
    condition     = length(aws_dynamodb_table.vault.ttl) == 0
    error_message = "A time to live would remove Vault's lock."
  }
}

run "protected_unless_told" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.vault.deletion_protection_enabled
    error_message = "Deletion protection is on by default."
  }

  assert {
    condition     = aws_dynamodb_table.vault.point_in_time_recovery[0].enabled && aws_dynamodb_table.vault.point_in_time_recovery[0].recovery_period_in_days == 35
    error_message = "Point-in-time recovery is on, for as long as can be."
  }

  assert {
    condition     = aws_dynamodb_table.vault.billing_mode == "PAY_PER_REQUEST" && length(aws_dynamodb_table.vault.on_demand_throughput) == 0
    error_message = "On demand without caps by default: a cap is an outage."
  }
}

run "own_key" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition     = aws_dynamodb_table.vault.server_side_encryption[0].enabled && aws_dynamodb_table.vault.server_side_encryption[0].kms_key_arn == var.kms_key_arn
    error_message = "The table is encrypted with the key that was given."
  }
}

run "provisioned" {
  command = plan

  variables {
    billing_mode   = "PROVISIONED"
    read_capacity  = 20
    write_capacity = 10
  }

  assert {
    condition     = aws_dynamodb_table.vault.read_capacity == 20 && aws_dynamodb_table.vault.write_capacity == 10
    error_message = "The capacities are those that were given."
  }
}

run "one_cap" {
  command = plan

  variables {
    max_write_request_units = 1000
  }

  assert {
    condition     = aws_dynamodb_table.vault.on_demand_throughput[0].max_write_request_units == 1000
    error_message = "The cap is the one that was given."
  }
}

run "alarms" {
  command = plan

  variables {
    alarm_actions = ["arn:aws:sns:eu-central-1:111122223333:on-call"]
  }

  assert {
    condition = toset([
      for each in aws_cloudwatch_metric_alarm.throttled.metric_query : one(each.metric).dimensions["Operation"]
      if try(one(each.metric).metric_name, "") == "ThrottledRequests"
    ]) == toset(["BatchWriteItem", "DeleteItem", "DescribeTable", "GetItem", "Query", "UpdateItem"])
    error_message = "Throttling is watched for each operation of Vault."
  }

  assert {
    condition = alltrue([
      for each in [
        aws_cloudwatch_metric_alarm.throttled,
        aws_cloudwatch_metric_alarm.system_errors,
        aws_cloudwatch_metric_alarm.consumed_write_capacity,
      ] : each.alarm_actions == toset(var.alarm_actions) && each.ok_actions == toset(var.alarm_actions)
    ])
    error_message = "Each alarm tells whom it should, also that it is over."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.consumed_write_capacity.threshold == 150000
    error_message = "500 units a second are 150,000 in five minutes."
  }
}

run "refused" {
  command = plan

  variables {
    name                         = "vault table"
    kms_key_arn                  = "alias/vault-table"
    billing_mode                 = "ON_DEMAND"
    recovery_period_in_days      = 36
    alarm_write_units_per_second = 0
  }

  expect_failures = [
    var.name,
    var.kms_key_arn,
    var.billing_mode,
    var.recovery_period_in_days,
    var.alarm_write_units_per_second,
  ]
}

run "provisioned_without_capacity" {
  command = plan

  variables {
    billing_mode            = "PROVISIONED"
    max_read_request_units  = 1
    max_write_request_units = 1
  }

  expect_failures = [
    var.read_capacity,
    var.write_capacity,
    var.max_read_request_units,
    var.max_write_request_units,
  ]
}

run "capacity_on_demand" {
  command = plan

  variables {
    read_capacity  = 5
    write_capacity = 5
  }

  expect_failures = [var.read_capacity, var.write_capacity]
}

run "no_capacity" {
  command = plan

  variables {
    billing_mode   = "PROVISIONED"
    read_capacity  = 0
    write_capacity = 0
  }

  expect_failures = [var.read_capacity, var.write_capacity]
}
