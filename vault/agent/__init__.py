"""The program in the Pod: one start, one login a Vault, and the files. Standard library alone."""
