"""Checks of an installation, one file per subject."""
