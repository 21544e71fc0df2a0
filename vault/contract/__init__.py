"""What the webhook and the agent share: the Plan, its encoding, and common names. It imports nothing expensive."""
