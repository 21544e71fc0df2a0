"""What commands on manifests read: objects of files and of clusters, and the settings that Pods are decided by."""

# the Vault's name if none is given
DEFAULT_VAULT_NAME = "main"
