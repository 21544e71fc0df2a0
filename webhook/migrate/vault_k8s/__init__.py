"""From the annotations of vault-k8s to ours, in the text of manifests: parse, decide, edit."""
