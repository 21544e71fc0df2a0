variable "name" {
  description = "The role's name."
  type        = string
  default     = "vault"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", var.name))
    error_message = "A role's name has 1 to 64 letters, digits and + = , . @ _ -."
  }
}

variable "oidc_provider_arn" {
  description = "ARN of the IAM OIDC provider of the cluster that Vault runs in."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:iam::[0-9]{12}:oidc-provider/.+$", var.oidc_provider_arn))
    error_message = "Give the ARN of an IAM OIDC provider: arn:aws:iam::ACCOUNT:oidc-provider/ISSUER (without https://)."
  }
}

variable "namespace" {
  description = "The Kubernetes namespace that Vault runs in."
  type        = string
  default     = "vault"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.namespace))
    error_message = "Give one namespace; a pattern is not allowed."
  }
}

variable "service_account" {
  description = "Vault's ServiceAccount."
  type        = string
  default     = "vault"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$", var.service_account))
    error_message = "Give one ServiceAccount; a pattern is not allowed."
  }
}

variable "table_arn" {
  description = "ARN of Vault's table (`table_arn` of storage/)."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:dynamodb:[^:]+:[0-9]{12}:table/[A-Za-z0-9_.-]{3,255}$", var.table_arn))
    error_message = "Give the ARN of one table: arn:aws:dynamodb:REGION:ACCOUNT:table/NAME."
  }
}

variable "table_key_arn" {
  description = "ARN of the KMS key that encrypts the table, if it is yours; used through DynamoDB alone. Null: the table has a key that AWS owns."
  type        = string
  default     = null
}

variable "unseal_key_arn" {
  description = "ARN of the KMS key that unseals Vault (`key_arn` of unseal/)."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/[^*]+$", var.unseal_key_arn))
    error_message = "Give the ARN of one key, not of its alias: IAM does not follow aliases."
  }

  validation {
    condition     = var.unseal_key_arn != var.table_key_arn
    error_message = "The unseal key and the table's key are two keys: who may read the table may otherwise unseal Vault."
  }
}

variable "permissions_boundary" {
  description = "ARN of a permissions boundary, where your account asks for one."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of the role."
  type        = map(string)
  default     = {}
  nullable    = false
}
