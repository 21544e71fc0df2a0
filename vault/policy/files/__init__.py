"""Parse and check access files."""
