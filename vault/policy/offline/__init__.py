"""Evaluate, test and export access files without a Vault."""
