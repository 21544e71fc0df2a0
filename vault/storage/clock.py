"""How far the clock of a Vault node is from DynamoDB's, and how sure that is. Pure.

Facts (Vault 1.21, physical/dynamodb): the lock of the active node ends by the clock of whoever looks; it lasts 15 s
and is renewed every 5 s. A node whose clock is 10 s ahead takes a lock that is alive, and two nodes write. Servers
say the time in whole seconds, so a comparison of two is sure to a second and half of each round trip.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """A clock was read: what it said, in whole seconds since 1970, between two moments of our monotonic clock."""

    utc_seconds: int
    asked_at: float
    answered_at: float

    @property
    def offset(self) -> float:
        """From our monotonic clock to this one, at best; wrong by up to `uncertainty`."""
        return self.utc_seconds + 0.5 - (self.asked_at + self.answered_at) / 2

    @property
    def uncertainty(self) -> float:
        """In seconds."""
        return 0.5 + (self.answered_at - self.asked_at) / 2


@dataclass(frozen=True, slots=True)
class Skew:
    """How far a clock is ahead (or, below 0, behind), in seconds."""

    seconds: float
    uncertainty: float

    @property
    def certain(self) -> float:
        """The least that it is off, whichever way."""
        return max(0.0, abs(self.seconds) - self.uncertainty)

    def __str__(self) -> str:
        way = "ahead" if self.seconds > 0 else "behind"
        return f"{abs(self.seconds):.1f} s {way} (±{self.uncertainty:.1f} s)"


def skew(node: Reading, reference: Reading) -> Skew:
    """How far the node is ahead of the reference."""
    return Skew(node.offset - reference.offset, node.uncertainty + reference.uncertainty)
