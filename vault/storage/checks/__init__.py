"""Checks of a table in use, one module per subject."""
