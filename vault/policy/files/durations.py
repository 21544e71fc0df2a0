"""A length of time as people write it, and as Vault answers it: in whole seconds."""

from __future__ import annotations

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(value: str | int) -> int:
    """Return the seconds of `10m`, `1h`, `90s`, `2d` or `600`. The schema has checked its shape."""
    text = str(value)
    return int(text[:-1]) * _SECONDS[text[-1]] if text[-1] in _SECONDS else int(text)


def render_duration(seconds: int) -> str:
    """Return the shortest way to write it: `parse_duration(render_duration(n)) == n`."""
    for unit in "dhm":
        if seconds and seconds % _SECONDS[unit] == 0:
            return f"{seconds // _SECONDS[unit]}{unit}"
    return f"{seconds}s"
