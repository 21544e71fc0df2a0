"""The clock and random bytes that a test gives to a template."""

from __future__ import annotations

from random import Random


class Chance:
    """Random bytes that are the same each time, and a clock that stands still. `asked` is how many bytes were taken."""

    def __init__(self, seed: int = 0, nanoseconds: int = 1_145_345_645_006_007_008) -> None:
        """Take a seed and the time; without one it is 2006-04-18T07:34:05.006007008Z."""
        self._random = Random(seed)
        self._nanoseconds = nanoseconds
        self.asked = 0

    def bytes(self, count: int) -> bytes:
        """Return random bytes."""
        self.asked += count
        return self._random.randbytes(count)

    def now(self) -> int:
        """Return the time."""
        return self._nanoseconds
