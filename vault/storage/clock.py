"""Measure how far the clock of a Vault node is from DynamoDB's, with the uncertainty. Pure.

Facts (Vault 1.21, physical/dynamodb): each node judges the expiry of the active lock by its own clock; it lasts 15 s
and is renewed every 5 s. A node whose clock is 10 s ahead takes over a live lock, and two nodes write. Servers
report the time in whole seconds, so a comparison is accurate to a second plus half of each round trip.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """A clock reading in whole seconds since 1970, taken between two times of our monotonic clock."""

    utc_seconds: int
    asked_at: float
    answered_at: float

    @property
    def offset(self) -> float:
        """The estimated offset from our monotonic clock, in seconds; wrong by up to `uncertainty`."""
        return self.utc_seconds + 0.5 - (self.asked_at + self.answered_at) / 2

    @property
    def uncertainty(self) -> float:
        """The uncertainty in seconds."""
        return 0.5 + (self.answered_at - self.asked_at) / 2


@dataclass(frozen=True, slots=True)
class Skew:
    """How far a clock is ahead (or, below 0, behind), in seconds."""

    seconds: float
    uncertainty: float

    @property
    def certain(self) -> float:
        """The minimum difference in either direction."""
        return max(0.0, abs(self.seconds) - self.uncertainty)

    def __str__(self) -> str:
        way = "ahead" if self.seconds > 0 else "behind"
        return f"{abs(self.seconds):.1f} s {way} (±{self.uncertainty:.1f} s)"


def skew(node: Reading, reference: Reading) -> Skew:
    """Return how far the node is ahead of the reference."""
    return Skew(node.offset - reference.offset, node.uncertainty + reference.uncertainty)
