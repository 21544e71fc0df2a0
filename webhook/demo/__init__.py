"""`omamori demo`: demonstrate injection on this machine, with an embedded Vault."""
