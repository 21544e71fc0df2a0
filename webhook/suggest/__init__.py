"""Suggest access files from manifests, and annotations from secrets."""

# the Vault's name if none is given
DEFAULT_VAULT_NAME = "main"
