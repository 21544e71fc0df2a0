"""The program in the Pod: it logs in once per Vault and writes the files. Standard library only."""
