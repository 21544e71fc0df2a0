"""The webhook's certificates, made and rotated by `omamori controller`."""
