"""Access files: they declare who may read what in Vault; Vault's policies and roles are made from them."""
