"""What the webhook and the agent share: the Plan, how it travels, and the words of both; it costs the Pod no import."""
