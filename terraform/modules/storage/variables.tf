variable "name" {
  description = "The table's name, as `table` of Vault's `storage \"dynamodb\"` has it."
  type        = string
  default     = "vault"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]{3,255}$", var.name))
    error_message = "A table's name has 3 to 255 letters, digits and _ . - of ASCII."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts the table, another one than the unseal key. Null: a key that AWS owns, and nobody can audit."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "Give the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID), not an alias: Terraform would see a change at each plan."
  }
}

variable "billing_mode" {
  description = "`PAY_PER_REQUEST` (on demand), or `PROVISIONED` with `read_capacity` and `write_capacity`."
  type        = string
  default     = "PAY_PER_REQUEST"
  nullable    = false

  validation {
    condition     = contains(["PAY_PER_REQUEST", "PROVISIONED"], var.billing_mode)
    error_message = "billing_mode is PAY_PER_REQUEST or PROVISIONED."
  }
}

variable "read_capacity" {
  description = "Read capacity units of a provisioned table."
  type        = number
  default     = null

  validation {
    condition     = (var.read_capacity != null) == (var.billing_mode == "PROVISIONED")
    error_message = "Give read_capacity with billing_mode PROVISIONED, and not without."
  }

  validation {
    condition     = try(var.read_capacity >= 1, true)
    error_message = "read_capacity is at least 1."
  }
}

variable "write_capacity" {
  description = "Write capacity units of a provisioned table."
  type        = number
  default     = null

  validation {
    condition     = (var.write_capacity != null) == (var.billing_mode == "PROVISIONED")
    error_message = "Give write_capacity with billing_mode PROVISIONED, and not without."
  }

  validation {
    condition     = try(var.write_capacity >= 1, true)
    error_message = "write_capacity is at least 1."
  }
}

variable "max_read_request_units" {
  description = "A cap on what an on-demand table may cost: read units a second. Beyond it Vault is throttled, which is an outage. Null: no cap."
  type        = number
  default     = null

  validation {
    condition     = var.max_read_request_units == null || var.billing_mode == "PAY_PER_REQUEST"
    error_message = "max_read_request_units caps an on-demand table; a provisioned one has read_capacity."
  }
}

variable "max_write_request_units" {
  description = "The same for write units a second."
  type        = number
  default     = null

  validation {
    condition     = var.max_write_request_units == null || var.billing_mode == "PAY_PER_REQUEST"
    error_message = "max_write_request_units caps an on-demand table; a provisioned one has write_capacity."
  }
}

variable "recovery_period_in_days" {
  description = "How far back point-in-time recovery goes. It is always on."
  type        = number
  default     = 35
  nullable    = false

  validation {
    condition     = var.recovery_period_in_days >= 1 && var.recovery_period_in_days <= 35
    error_message = "recovery_period_in_days is 1 to 35."
  }
}

variable "deletion_protection" {
  description = "Whether DynamoDB refuses to delete the table. To destroy it, first apply `false`."
  type        = bool
  default     = true
  nullable    = false
}

variable "alarm_actions" {
  description = "ARNs of whom alarms tell, such as an SNS topic; told again when all is well. Empty: the alarms are there to be looked at."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "alarm_write_units_per_second" {
  description = "The alarm on ConsumedWriteCapacityUnits: more than this, on average over five minutes."
  type        = number
  default     = 500
  nullable    = false

  validation {
    condition     = var.alarm_write_units_per_second > 0
    error_message = "alarm_write_units_per_second is more than 0."
  }
}

variable "tags" {
  description = "Tags of the table and its alarms."
  type        = map(string)
  default     = {}
  nullable    = false
}
