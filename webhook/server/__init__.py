"""Serve the decision: HTTP, TLS, connections, metrics."""
