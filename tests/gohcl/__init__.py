"""Vault's parser of HCL beside ours: generated texts, and whether both make the same of them."""
