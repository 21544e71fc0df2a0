"""Rewrite manifests from other tools' annotations to omamori's own. Only `command` reads and writes files."""
