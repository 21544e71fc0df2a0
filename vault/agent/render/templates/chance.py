"""Random bytes and the time for a template, the same at each run until one has come to its end.

Otherwise a path or the data of a call that has something random in it would never be the one that was read.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Replay:
    """What was drawn, in its order."""

    __slots__ = ("_at", "_drawn", "_now", "_random")

    def __init__(self, random: Callable[[int], bytes], now: Callable[[], int]) -> None:
        """Take the world's: so many random bytes, and the nanoseconds since the epoch."""
        self._random = random
        self._now = now
        self._drawn: list[tuple[int, Any]] = []
        self._at = 0

    def rewind(self) -> None:
        """Begin another run of the same."""
        self._at = 0

    def forget(self) -> None:
        """Draw anew from now on: a run has come to its end."""
        self._drawn.clear()
        self._at = 0

    def bytes(self, count: int) -> bytes:
        """Return random bytes."""
        drawn: bytes = self._draw(count, lambda: self._random(count))
        return drawn

    def now(self) -> int:
        """Return the time, as nanoseconds since the epoch."""
        drawn: int = self._draw(-1, self._now)
        return drawn

    def _draw(self, kind: int, draw: Callable[[], Any]) -> Any:
        """Return what was drawn at this place before. A run that goes another way draws anew from there on."""
        if self._at < len(self._drawn) and self._drawn[self._at][0] == kind:
            self._at += 1
            return self._drawn[self._at - 1][1]
        del self._drawn[self._at :]
        self._drawn.append((kind, draw()))
        self._at += 1
        return self._drawn[-1][1]
