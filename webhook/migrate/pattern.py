"""Where in Vault the values of a Secret are, by what it is called."""

from __future__ import annotations

PATTERN = "secret/data/{namespace}/{name}"


def parse_pattern(text: str) -> str:
    """Parse a path with {namespace} and {name}, so that two Secrets have two paths. Raises ValueError."""
    if "{namespace}" not in text or "{name}" not in text:
        raise ValueError(f"is {text!r}; it has to have {{namespace}} and {{name}}: {PATTERN}")
    return text
