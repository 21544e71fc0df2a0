"""One deadline for everything that the program waits for, and random waits, so that Pods do not retry in step."""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

LAST_SECONDS = 1.5  # for revoking a token, whatever else is late


def chance() -> float:
    """A random number from 0 to 1."""
    return int.from_bytes(os.urandom(4), "big") / 2**32


class Deadline:
    """A point in time that all waits and calls share."""

    __slots__ = ("_ends", "_now", "_random", "_sleep")

    def __init__(
        self,
        seconds: float,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = lambda: os.urandom(1)[0] / 256,
    ) -> None:
        """Start counting. The three functions are the world's, given so that rules can be tested without waiting."""
        self._now = now
        self._sleep = sleep
        self._random = random
        self._ends = now() + seconds

    def remaining(self) -> float:
        """Seconds left, 0 once it has passed."""
        return max(0.0, self._ends - self._now())

    def now(self) -> float:
        """The clock."""
        return self._now()

    def wait(self, seconds: float) -> bool:
        """Sleep for half of `seconds` to all of it, at random. False, at once, if the deadline would come first."""
        wanted = seconds * (0.5 + self._random() / 2)
        if wanted >= self.remaining():
            return False
        self._sleep(wanted)
        return True


class OneTry(Deadline):
    """The deadline of one try, by a caller that has other things to do than to wait. `asked` is the wait it was due."""

    __slots__ = ("asked",)

    def __init__(self, seconds: float) -> None:
        """Start counting."""
        super().__init__(seconds)
        self.asked = 0.0

    def wait(self, seconds: float) -> bool:
        """Do not wait."""
        self.asked = seconds
        return False
