"""What is in a Vault, how it differs from what is wanted, and the changes: planned, applied."""
