output "table_name" {
  description = "For `table` of Vault's `storage \"dynamodb\"`, or AWS_DYNAMODB_TABLE."
  value       = aws_dynamodb_table.vault.name
}

output "table_arn" {
  description = "The table's ARN."
  value       = aws_dynamodb_table.vault.arn
}

output "alarm_arns" {
  description = "ARNs of the alarms, by what they watch."
  value = {
    throttled               = aws_cloudwatch_metric_alarm.throttled.arn
    system_errors           = aws_cloudwatch_metric_alarm.system_errors.arn
    consumed_write_capacity = aws_cloudwatch_metric_alarm.consumed_write_capacity.arn
  }
}
