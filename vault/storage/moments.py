"""Moments as people write them: ISO 8601 with a time zone."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime


def parse_moment(text: str) -> datetime:
    """Return a moment of ISO 8601, in UTC. Raises ValueError if it is none, or says no time zone."""
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    raise ValueError(f"is {text!r}; write a moment with its time zone: 2026-11-24T07:30:00Z")


def render_moment(moment: datetime) -> str:
    """In whole seconds, as AWS and people read it. A recovery's moments are cut, never rounded up."""
    return f"{moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z"
