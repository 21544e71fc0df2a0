variable "alias" {
  description = "The key's alias, as `kms_key_id` of Vault's `seal \"awskms\"` has it."
  type        = string
  default     = "alias/vault-unseal"
  nullable    = false

  validation {
    condition     = can(regex("^alias/[A-Za-z0-9/_-]{1,250}$", var.alias)) && !startswith(var.alias, "alias/aws/")
    error_message = "An alias is alias/NAME, of letters, digits and / _ -, and not one of AWS's own (alias/aws/...)."
  }
}

variable "deletion_window_in_days" {
  description = "How long a deletion can be taken back."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.deletion_window_in_days >= 7 && var.deletion_window_in_days <= 30
    error_message = "deletion_window_in_days is 7 to 30."
  }
}

variable "tags" {
  description = "Tags of the key."
  type        = map(string)
  default     = {}
  nullable    = false
}
