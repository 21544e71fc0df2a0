"""What a sidecar does next and when, decided from what Vault said; nothing is asked here.

- What ends (a token, a lease, a certificate) is renewed at two thirds of its life, a fifteenth of it sooner or later;
  what cannot be renewed is got anew then, and the old one is left to run out: readers of either are served meanwhile.
- Where a renewal gave less than the life was at first, the maximum that Vault allows is near. Then it is got anew
  within the first third of what is left.
- Nothing is asked for more than once a second, whatever Vault, a secret or a clock says.
- What does not end is looked after about every `refresh_seconds`, a fifth of it sooner or later: a KV version 2 secret
  by its metadata, anything else by reading it again.
- A pinned version, and the answer to a call with data (the same question), stay as they are once they are there.
- After a failure the next try is put off for a second, in which most troubles are over; after the second one for any
part of a minute, then for most of one, or the interval where that is shorter; a third of what is left where something
ends sooner.

All times are seconds of one clock that only goes forward. `chance` is a random number from 0 to 1, drawn when a fact is
learnt, so that the same facts always give the same time.

Why the waits do not double from a second on, and do not begin at nothing: many sidecars that wait for one Vault should
come back to it evenly. Those whose waits are short come up again and again, so that they would all come at first.
Why the second wait may have any length: in half a minute without Vault nearly all notice, and with waits of the same
length they would come back within half a minute, too.
"""

from __future__ import annotations

from vault.contract.values import Value

NEVER = float("inf")

RENEW = "renew"
REPLACE = "replace"
LOOK = "look"

LEAST_SECONDS = 1.0  # between two calls for one thing, whatever anything else says
_SHORTEST_REFRESH_SECONDS = 0.2
_MOST_CREATING_SECONDS = 3600.0
_WAITS_SECONDS = (1.0, 48.0)
_MOST_ASKED_SECONDS = 300.0  # of a Retry-After: a page of a gateway's for a moment may ask for hours


class Life(Value):
    """How long something lives: `seconds` from `began`, 0 without an end; `full` is what it was given at first."""

    began: float
    seconds: float
    full: float
    chance: float
    renewable: bool = False

    @property
    def ends(self) -> float:
        """When it is over."""
        return self.began + self.seconds if self.seconds else NEVER

    def left(self, now: float) -> float:
        """What is left of it; of what is over already there is nothing to be in a hurry for."""
        return self.ends - now if self.ends > now else NEVER

    def renewed(self, now: float, seconds: float, chance: float) -> Life:
        """Give the life after a renewal."""
        return self.replace(began=now, seconds=seconds, chance=chance)


class Step(Value):
    """What to do, and when."""

    at: float
    action: str


class Known(Value):
    """What is known of one read. `asked` is when Vault answered last, `is_there` whether that could be used.

    `life` is that of its lease or certificate, None for neither. `is_fixed`: see the head of this file. `can_look`: its
    metadata tells whether it has changed. `rotates` is when Vault has said that it will change. `put_off_until` is not
    0 where Vault could not answer.
    """

    asked: float
    chance: float
    is_there: bool = True
    life: Life | None = None
    is_fixed: bool = False
    can_look: bool = False
    rotates: float = NEVER
    put_off_until: float = 0


def floored(step: Step, called: float) -> Step:
    """Give a step that is no sooner than it may be, `called` being when the last call for the same was made."""
    return step if step.at >= called + LEAST_SECONDS else step.replace(at=called + LEAST_SECONDS)


def step_of_life(life: Life, now: float) -> Step:
    """What to do about something that ends."""
    if life.seconds and life.seconds < life.full:
        return Step(at=life.began + life.seconds * life.chance / 3, action=REPLACE)
    at = life.began + life.seconds * (0.6 + life.chance * 2 / 15) if life.seconds else NEVER
    return Step(at=at, action=RENEW if life.renewable and now < life.ends else REPLACE)


def step_of_read(known: Known, refresh_seconds: float, now: float) -> Step:
    """What to do about one read."""
    step = _step_of_healthy(known, refresh_seconds, now)
    return step.replace(at=known.put_off_until) if known.put_off_until else step


def _step_of_healthy(known: Known, refresh_seconds: float, now: float) -> Step:
    looked_after = known.asked + max(refresh_seconds, _SHORTEST_REFRESH_SECONDS) * (0.8 + 0.4 * known.chance)
    if not known.is_there:
        return Step(at=looked_after, action=REPLACE)
    if known.life is not None:
        return step_of_life(known.life, now)
    if known.is_fixed:
        return Step(at=NEVER, action=REPLACE)
    return Step(at=min(looked_after, known.rotates), action=LOOK if known.can_look else REPLACE)


def wait_after(failures: int, refresh_seconds: float, chance: float, asked: float = 0, left: float = NEVER) -> float:
    """How long to put off the next try after so many failures in a row.

    `asked` is what a Retry-After makes of it, `left` what is left of the life that ends first, which no wait outlasts.
    """
    first, later = _WAITS_SECONDS
    usual = first if failures == 1 else min(later, max(refresh_seconds, first))
    least = 0.75 * (first if failures == 2 else usual)  # noqa: PLR2004
    wait = max(least + (1.25 * usual - least) * chance, min(asked, _MOST_ASKED_SECONDS) * (0.5 + chance / 2))
    return min(wait, max(first, left / 3))


def wait_after_creating(failures: int, left: float) -> float:
    """How long to put off a call that may have created something before it failed: each time twice as long.

    A short trouble is over soon, and of a long one there are a dozen calls. What ends is in a hurry.
    """
    doubled: float = LEAST_SECONDS * 2 ** min(failures - 1, 12)
    return min(doubled, _MOST_CREATING_SECONDS, max(LEAST_SECONDS, left / 3))
