# The KMS key that unseals Vault. Without it nobody ever reads Vault's data again: it is rotated, and never replaced.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

resource "aws_kms_key" "unseal" {
  description             = "Unseals Vault (${var.alias})"
  enable_key_rotation     = true # each year; old versions go on decrypting what they have encrypted
  deletion_window_in_days = var.deletion_window_in_days
  policy                  = data.aws_iam_policy_document.key.json
  tags                    = var.tags
}

resource "aws_kms_alias" "unseal" {
  name          = var.alias
  target_key_id = aws_kms_key.unseal.key_id
}

# The account's IAM policies decide, as of any key that is not to be lost with one user or role; identity/ has Vault's.
data "aws_iam_policy_document" "key" {
  #checkov:skip=CKV_AWS_109:the policy of a key, not of a user; without this statement nobody could ever change the key
  #checkov:skip=CKV_AWS_111:the same
  #checkov:skip=CKV_AWS_356:the policy of a key, in which * is that key
  statement {
    sid       = "IamOfThisAccountDecides"
    actions   = ["kms:*"]
    resources = ["*"] # in a key's policy: this key

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
  }
}
