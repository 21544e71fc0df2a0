"""The annotations of the Vault Agent Injector (vault-k8s), `vault.hashicorp.com/…`, as a dialect of ours."""
