# Plans alone. The real provider computes the policy, without asking anybody: its credentials are nobody's.

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "nobody"
  secret_key                  = "nobody"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "111122223333" }
}

run "kept" {
  command = plan

  assert {
    condition     = aws_kms_key.unseal.enable_key_rotation && aws_kms_key.unseal.deletion_window_in_days == 30
    error_message = "The key is rotated, and a deletion can be taken back as long as can be."
  }

  assert {
    condition     = aws_kms_alias.unseal.name == "alias/vault-unseal"
    error_message = "The alias is the one in deploy/examples/vault-on-dynamodb/vault.hcl."
  }
}

run "of_this_account" {
  command = plan

  assert {
    condition     = [for each in jsondecode(aws_kms_key.unseal.policy).Statement : each.Principal.AWS] == ["arn:aws:iam::111122223333:root"]
    error_message = "The key's policy leaves it to IAM of the account, and to nobody else."
  }
}

run "refused" {
  command = plan

  variables {
    alias                   = "alias/aws/vault"
    deletion_window_in_days = 3
  }

  expect_failures = [var.alias, var.deletion_window_in_days]
}
