# Plans alone. The real provider computes the policies, without asking anybody: its credentials are nobody's.

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "nobody"
  secret_key                  = "nobody"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

variables {
  oidc_provider_arn = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE"
  table_arn         = "arn:aws:dynamodb:eu-central-1:111122223333:table/vault"
  table_key_arn     = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  unseal_key_arn    = "arn:aws:kms:eu-central-1:111122223333:key/66666666-7777-8888-9999-000000000000"
}

run "trusts_one_service_account" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_role.vault.assume_role_policy).Statement[0].Condition == {
      StringEquals = {
        "oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE:sub" = "system:serviceaccount:vault:vault"
        "oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE:aud" = "sts.amazonaws.com"
      }
    }
    error_message = "Only a token of that ServiceAccount for sts.amazonaws.com counts."
  }

  assert {
    condition     = jsondecode(aws_iam_role.vault.assume_role_policy).Statement[0].Principal == { Federated = var.oidc_provider_arn }
    error_message = "Only the cluster's provider counts."
  }
}

run "least_privilege" {
  command = plan

  assert {
    condition = {
      for each in jsondecode(aws_iam_role_policy.vault.policy).Statement : each.Sid => [each.Action, each.Resource]
      } == {
      Table = [
        ["dynamodb:UpdateItem", "dynamodb:Query", "dynamodb:GetItem", "dynamodb:DescribeTable", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"],
        var.table_arn,
      ]
      Unseal   = [["kms:Encrypt", "kms:DescribeKey", "kms:Decrypt"], var.unseal_key_arn]
      TableKey = [["kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Encrypt", "kms:DescribeKey", "kms:Decrypt", "kms:CreateGrant"], var.table_key_arn]
    }
    error_message = "Six actions on the table, three on the unseal key, and the table's key."
  }

  assert {
    condition = [
      for each in jsondecode(aws_iam_role_policy.vault.policy).Statement : each.Condition if each.Sid == "TableKey"
    ] == [{ StringEquals = { "kms:ViaService" = "dynamodb.eu-central-1.amazonaws.com" } }]
    error_message = "The table's key is used through DynamoDB alone."
  }
}

run "table_with_a_key_of_aws" {
  command = plan

  variables {
    table_key_arn = null
  }

  assert {
    condition     = [for each in jsondecode(aws_iam_role_policy.vault.policy).Statement : each.Sid] == ["Table", "Unseal"]
    error_message = "There is no statement for a key that is not yours."
  }
}

run "refused" {
  command = plan

  variables {
    name              = "vault/role"
    oidc_provider_arn = "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE"
    namespace         = "*"
    service_account   = "vault*"
    table_arn         = "arn:aws:dynamodb:eu-central-1:111122223333:table/*"
    unseal_key_arn    = "arn:aws:kms:eu-central-1:111122223333:alias/vault-unseal"
  }

  expect_failures = [
    var.name,
    var.oidc_provider_arn,
    var.namespace,
    var.service_account,
    var.table_arn,
    var.unseal_key_arn,
  ]
}

run "one_key_for_both" {
  command = plan

  variables {
    table_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/66666666-7777-8888-9999-000000000000"
  }

  expect_failures = [var.unseal_key_arn]
}
