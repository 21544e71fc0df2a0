"""How the decision is served: HTTP, TLS, connections, metrics."""
