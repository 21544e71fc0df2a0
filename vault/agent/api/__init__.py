"""Vault's HTTP API: one connection, a login, and calls that are tried again by one table."""
