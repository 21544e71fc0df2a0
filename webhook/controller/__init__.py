"""The webhook's certificates: made, stored and rotated."""
