"""Access files that are written for a person: from a Vault, or from what workloads need."""
