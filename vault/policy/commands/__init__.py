"""`omamori policy`, a module for each command; `declared` has their options and help."""
