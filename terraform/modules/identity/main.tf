# The role that Vault's ServiceAccount takes on, by the cluster's OIDC provider (IRSA). EKS Pod Identity would be simpler,
# but Vault's DynamoDB storage cannot use it (hashicorp/vault#31860).

locals {
  # arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE
  issuer = split(":oidc-provider/", var.oidc_provider_arn)[1]

  # arn:aws:dynamodb:eu-central-1:111122223333:table/vault
  region = split(":", var.table_arn)[3]
}

resource "aws_iam_role" "vault" {
  name                 = var.name
  description          = "Vault: ServiceAccount ${var.service_account} in ${var.namespace}"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_role_policy" "vault" {
  name   = "vault"
  role   = aws_iam_role.vault.id
  policy = data.aws_iam_policy_document.vault.json
}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "VaultsServiceAccount"
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [var.oidc_provider_arn]
    }

    condition {
      test     = "StringEquals" # not StringLike: one ServiceAccount
      variable = "${local.issuer}:sub"
      values   = ["system:serviceaccount:${var.namespace}:${var.service_account}"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "vault" {
  # what Vault asks of a table that is there: it never puts a single item, and scans nothing
  statement {
    sid = "Table"
    actions = [
      "dynamodb:BatchWriteItem", # every write and deletion
      "dynamodb:DeleteItem",     # gives the lock back
      "dynamodb:DescribeTable",  # at start
      "dynamodb:GetItem",
      "dynamodb:Query",      # lists
      "dynamodb:UpdateItem", # takes the lock, and renews it
    ]
    resources = [var.table_arn]
  }

  statement {
    sid       = "Unseal"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"]
    resources = [var.unseal_key_arn]
  }

  # DynamoDB uses the table's key in the name of who asks; these are the actions that its documentation lists
  dynamic "statement" {
    for_each = var.table_key_arn == null ? [] : [true]

    content {
      sid = "TableKey"
      actions = [
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey*",
        "kms:ReEncrypt*",
      ]
      resources = [var.table_key_arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["dynamodb.${local.region}.amazonaws.com"]
      }
    }
  }
}
