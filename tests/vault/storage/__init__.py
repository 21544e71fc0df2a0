"""Tests of the table in which Vault keeps its data."""
