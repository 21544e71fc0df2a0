"""Vault's HTTP API: one connection, a login, and calls that are retried by one table."""
