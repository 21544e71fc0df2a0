"""The one way to wait in these tests: for a condition, with a deadline and a reason that can be read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")

POLL_SECONDS = 0.05
TAIL_BYTES = 4000


class NotInTime(AssertionError):
    """A condition was not met by its deadline; the message ends with the tail of the log that was named."""


def wait_until(condition: Callable[[], T | None], seconds: float, what: str, *, log: Path | None = None) -> T:
    """Call `condition` until it gives something true, and give that back.

    Raises NotInTime after `seconds`. What `condition` raises goes through: "not yet" is a false value, never an error.
    """
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise NotInTime(f"{what}: not within {seconds:.0f} s (last answer: {found!r}){tail(log)}")
        time.sleep(POLL_SECONDS)


def tail(log: Path | None) -> str:
    """The end of a log as a part of a message; empty if there is no log."""
    if log is None or not log.is_file():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL_BYTES))
        return f"\n--- end of {log.name} ---\n{file.read().decode(errors='replace')}"
