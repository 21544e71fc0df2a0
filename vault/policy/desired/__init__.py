"""What access files ask of Vault: policies, roles and mounts, as values."""
