"""Tests of the command that moves manifests from vault-k8s."""
