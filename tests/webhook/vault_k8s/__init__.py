"""Tests of the dialect of the Vault Agent Injector."""
