"""`omamori demo`: the main job on this machine, with an embedded Vault."""
