"""The Kubernetes side: decides what to inject into a Pod and injects it; never talks to Vault."""
