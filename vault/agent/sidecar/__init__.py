"""Mode sidecar: what is due and when, the loop that does it, and what it leaves for people."""
