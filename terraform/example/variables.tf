variable "region" {
  description = "The region of the table and the keys: that of the cluster."
  type        = string
  nullable    = false
}

variable "oidc_provider_arn" {
  description = "ARN of the IAM OIDC provider of the cluster that Vault runs in."
  type        = string
  nullable    = false
}

variable "table_name" {
  description = "The table's name; vault.hcl has the same."
  type        = string
  default     = "vault"
  nullable    = false
}

variable "unseal_alias" {
  description = "The unseal key's alias; vault.hcl has the same."
  type        = string
  default     = "alias/vault-unseal"
  nullable    = false
}

variable "role_name" {
  description = "The name of Vault's role."
  type        = string
  default     = "vault"
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether DynamoDB refuses to delete the table. To destroy it, first apply `false`."
  type        = bool
  default     = true
  nullable    = false
}

variable "alarm_actions" {
  description = "ARNs of whom alarms tell, such as an SNS topic."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "tags" {
  description = "Tags of everything."
  type        = map(string)
  default     = {}
  nullable    = false
}
