"""What manifests and secrets tell: the access file they need, the annotations that make variables."""

# what a Vault is called where nobody has said it
DEFAULT_VAULT_NAME = "main"
