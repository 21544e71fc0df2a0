"""Say how an extra of omamori is installed: from a checkout, since the package is on no index."""

from __future__ import annotations


def how_to_install(extra: str) -> str:
    """Give the words for who misses the packages of an extra."""
    return f"install the extra '{extra}'; in omamori's checkout: pipx install --force '.[{extra}]'"
