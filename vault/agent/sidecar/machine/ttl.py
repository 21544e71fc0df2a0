"""The arithmetic of a TTL: when what ends is renewed or replaced, and how long to wait after a failure.

- What ends (a token, a lease, a certificate) is renewed at two thirds of its TTL, a fifteenth of it sooner or later.
  What cannot be renewed is replaced then, and the old one is left to expire, so that readers of either are served.
- A renewal that gives less than the TTL was at first shows that the maximum which Vault allows (max_ttl) is near. Then
  the thing is replaced within the first third of what is left.
- What does not end is polled about every `refresh_seconds`, a fifth of it sooner or later.
- After a first failure the next try is a second away, in which most troubles are over; after the second it is any part
  of a minute away, then most of one, or of the interval where that is shorter. Where something ends, no wait is longer
  than a third of what is left of it, or a second.

All times are seconds of one clock that only goes forward. `jitter` is a random number from 0 to 1, kept beside the fact
that it was drawn for, so that the same facts always give the same time.

Why the waits do not double from a second on, and do not begin at nothing: many sidecars that wait for one Vault should
come back to it evenly. Those whose waits are short come up again and again, so that they would all come at first.
Why the second wait may have any length: in half a minute without Vault nearly all notice, and with waits of the same
length they would come back within half a minute, too.
"""

from __future__ import annotations

from vault.contract.values import Value

NEVER = float("inf")
LEAST_SECONDS = 1.0  # between two calls for the same thing, whatever Vault, a secret or a clock says

_SHORTEST_REFRESH_SECONDS = 0.2
_LONGEST_CREATING_SECONDS = 3600.0
_DELAYS_SECONDS = (1.0, 48.0)
_LONGEST_SUGGESTED_SECONDS = 300.0  # of a Retry-After: the page of a gateway in trouble may ask for hours


class Ttl(Value):
    """How long something lives: `seconds` from `began` on, 0 without an end. `full` is what it was given at first."""

    began: float
    seconds: float
    full: float
    jitter: float
    renewable: bool = False

    @property
    def ends(self) -> float:
        """When it expires."""
        return self.began + self.seconds if self.seconds else NEVER

    @property
    def due_at(self) -> float:
        """When it is to be renewed or replaced."""
        if not self.seconds:
            return NEVER
        if self.seconds < self.full:
            return self.began + self.seconds * self.jitter / 3
        return self.began + self.seconds * (0.6 + self.jitter * 2 / 15)

    def can_renew(self, now: float) -> bool:
        """Whether to renew it, not to replace it: it has not expired, and its maximum is not near."""
        return self.renewable and now < self.ends and (not self.seconds or self.seconds >= self.full)

    def left(self, now: float) -> float:
        """Return the seconds until it expires; NEVER once it has, for then there is nothing to be in a hurry for."""
        return self.ends - now if self.ends > now else NEVER

    def renewed(self, now: float, seconds: float, jitter: float) -> Ttl:
        """Return the TTL after a renewal."""
        return self.replace(began=now, seconds=seconds, jitter=jitter)


def poll_delay(refresh_seconds: float, jitter: float) -> float:
    """How long after an answer to ask again for what does not end."""
    return max(refresh_seconds, _SHORTEST_REFRESH_SECONDS) * (0.8 + 0.4 * jitter)


def retry_delay(
    failures: int, refresh_seconds: float, jitter: float, suggested: float = 0, left: float = NEVER
) -> float:
    """How long to wait for the next try after so many failures in a row.

    `suggested` is what a Retry-After asks for; `left` is what is left of the TTL that ends first.
    """
    first, later = _DELAYS_SECONDS
    usual = first if failures == 1 else min(later, max(refresh_seconds, first))
    least = 0.75 * (first if failures == 2 else usual)  # noqa: PLR2004
    delay = max(
        least + (1.25 * usual - least) * jitter, min(suggested, _LONGEST_SUGGESTED_SECONDS) * (0.5 + jitter / 2)
    )
    return min(delay, urgent_delay(left))


def creating_delay(failures: int, left: float) -> float:
    """How long to wait after a call that may have created something before it failed: each time twice as long.

    A short trouble is over soon, and a long one costs a dozen calls.
    """
    doubled: float = LEAST_SECONDS * 2 ** min(failures - 1, 12)
    return min(doubled, _LONGEST_CREATING_SECONDS, urgent_delay(left))


def urgent_delay(left: float) -> float:
    """Return the longest wait where something ends in `left` seconds: a third of them, or a second."""
    return max(LEAST_SECONDS, left / 3)
