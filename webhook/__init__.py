"""The Kubernetes side: decides what a Pod gets and injects it; never talks to Vault."""
