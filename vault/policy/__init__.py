"""Access files: who may read what in Vault, kept in files; from them Vault's policies and roles."""
