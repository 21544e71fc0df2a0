"""Durations as people write them, and in whole seconds as Vault returns them."""

from __future__ import annotations

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(value: str | int) -> int:
    """Parse `10m`, `1h`, `90s`, `2d` or `600` to seconds. The schema has checked the format."""
    text = str(value)
    return int(text[:-1]) * _SECONDS[text[-1]] if text[-1] in _SECONDS else int(text)


def render_duration(seconds: int) -> str:
    """Render seconds in the shortest form: `parse_duration(render_duration(n)) == n`."""
    for unit in "dhm":
        if seconds and seconds % _SECONDS[unit] == 0:
            return f"{seconds // _SECONDS[unit]}{unit}"
    return f"{seconds}s"
