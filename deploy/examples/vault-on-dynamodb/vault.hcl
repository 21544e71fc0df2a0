# One file for all three nodes. What differs between nodes and places comes from the environment: VAULT_API_ADDR,
# VAULT_CLUSTER_ADDR and AWS_REGION; AWS_DYNAMODB_TABLE and VAULT_AWSKMS_SEAL_KEY_ID go before the names below.

storage "dynamodb" {
  table      = "vault"
  ha_enabled = "true"
}

seal "awskms" {
  kms_key_id = "alias/vault-unseal"
}

service_registration "kubernetes" {}

listener "tcp" {
  address         = "[::]:8200"
  cluster_address = "[::]:8201"
  tls_cert_file   = "/vault/tls/tls.crt"
  tls_key_file    = "/vault/tls/tls.key"
  tls_min_version = "tls12"
}

telemetry {
  prometheus_retention_time = "10m" # at least two scrapes; sys/metrics wants a token that may read it
  disable_hostname          = true
}

# the storage is no file of this machine, and there is no swap on a node of Kubernetes that is set up as usual
disable_mlock = true

ui         = false
log_format = "json"
