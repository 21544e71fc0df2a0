"""Parse and render times in ISO 8601 with a time zone."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime


def parse_moment(text: str) -> datetime:
    """Parse an ISO 8601 time to UTC. Raises ValueError if it is invalid or has no time zone."""
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    raise ValueError(f"is {text!r}; write a moment with its time zone: 2026-11-24T07:30:00Z")


def render_moment(moment: datetime) -> str:
    """Render a time in whole seconds, rounded down, as AWS accepts it."""
    return f"{moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z"
