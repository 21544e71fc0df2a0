"""Generate access files: from the contents of a Vault, or from what workloads need."""
