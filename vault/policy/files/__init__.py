"""Access files: parsed, checked, and given as values."""
