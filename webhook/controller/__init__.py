"""Create, store and rotate the webhook's certificates."""
