output "role_arn" {
  description = "For the annotation `eks.amazonaws.com/role-arn` of Vault's ServiceAccount."
  value       = aws_iam_role.vault.arn
}

output "policy" {
  description = "What the role may do, as JSON."
  value       = data.aws_iam_policy_document.vault.json
}
