output "table_name" {
  description = "For AWS_DYNAMODB_TABLE, or `table` of vault.hcl."
  value       = module.storage.table_name
}

output "unseal_alias" {
  description = "For VAULT_AWSKMS_SEAL_KEY_ID, or `kms_key_id` of vault.hcl."
  value       = module.unseal.alias
}

output "role_arn" {
  description = "For the annotation `eks.amazonaws.com/role-arn` of Vault's ServiceAccount."
  value       = module.identity.role_arn
}

output "table_key_arn" {
  description = "ARN of the table's key; a table restored from a backup needs it."
  value       = aws_kms_key.table.arn
}
