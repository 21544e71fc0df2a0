"""Tests of HCL in Python; tests/gohcl compares it with Vault's own parser."""
