"""Terraform's modules: what they make, what they refuse, and that Vault can live with it and with nothing less."""
