"""Tests of the side that talks to Vault."""
