"""Compare a Vault with the desired state, plan the changes and apply them."""
