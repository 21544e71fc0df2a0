"""The clock and the random bytes of one execution, which its caller gives, so that it can be repeated.

Choices are uniform: a byte that would favour some of them is thrown away.
"""

from __future__ import annotations

from vault.gotemplate.errors import Fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from vault.gotemplate.limits import Budget

    class Chance(Protocol):
        """What an execution cannot know by itself. The same object gives the same execution the same values."""

        def bytes(self, count: int, /) -> bytes:
            """Return so many random bytes, fit for secrets."""

        def now(self) -> int:
            """Return the time in nanoseconds since 1970, in UTC."""


def _chance(budget: Budget) -> Chance:
    chance: Chance | None = budget.kept.get("chance")
    if chance is None:
        raise Fault("the clock and random values are not available here")
    return chance


def now(budget: Budget) -> int:
    """Return the time in nanoseconds since 1970. Raises Fault."""
    return _chance(budget).now()


def random_below(budget: Budget, limit: int) -> int:
    """Return one of the integers from 0 up to a limit, each as likely as the others. Raises Fault."""
    chance = _chance(budget)
    size = (limit.bit_length() + 7) // 8
    usable = (1 << (8 * size)) // limit * limit
    while True:
        budget.step()
        number = int.from_bytes(chance.bytes(size), "big")
        if number < usable:
            return number % limit
