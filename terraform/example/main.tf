# Everything in AWS that deploy/examples/vault-on-dynamodb needs: the table and its key, the unseal key, Vault's role.

provider "aws" {
  region = var.region
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition

  # by its name, not by the output of storage: the role would be destroyed before the table, see there
  table_arn = "arn:${local.partition}:dynamodb:${var.region}:${local.account}:table/${var.table_name}"
}

module "unseal" {
  source = "../modules/unseal"

  alias = var.unseal_alias
  tags  = var.tags
}

module "identity" {
  source = "../modules/identity"

  name              = var.role_name
  oidc_provider_arn = var.oidc_provider_arn
  table_arn         = local.table_arn
  table_key_arn     = aws_kms_key.table.arn
  unseal_key_arn    = module.unseal.key_arn
  tags              = var.tags
}

module "storage" {
  source = "../modules/storage"

  name                = var.table_name
  kms_key_arn         = aws_kms_key.table.arn
  deletion_protection = var.deletion_protection
  alarm_actions       = var.alarm_actions
  tags                = var.tags

  # A destruction goes the other way round: it begins with the table. While that is protected it is refused, and the
  # keys and the role, without which the table is worth nothing, are still there.
  depends_on = [module.unseal, module.identity]
}

# another key than the unseal key: who may read the table cannot unseal Vault with it
resource "aws_kms_key" "table" {
  #checkov:skip=CKV2_AWS_64:without a policy AWS gives the key the same one that unseal/ writes down, IAM decides
  description             = "Encrypts Vault's table ${var.table_name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = var.tags
}
