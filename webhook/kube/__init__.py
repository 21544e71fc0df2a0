"""Access to a Kubernetes API server, for commands and the controller."""
