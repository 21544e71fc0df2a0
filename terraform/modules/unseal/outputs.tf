output "key_arn" {
  description = "The key's ARN."
  value       = aws_kms_key.unseal.arn
}

output "alias" {
  description = "For `kms_key_id` of Vault's `seal \"awskms\"`, or VAULT_AWSKMS_SEAL_KEY_ID."
  value       = aws_kms_alias.unseal.name
}
