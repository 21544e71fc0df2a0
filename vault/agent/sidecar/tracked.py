"""What a sidecar holds of one read: the secret as it was published last, and the facts that say what to do next.

What is there stays until something that can be rendered takes its place: a secret that was deleted, a path that is
refused, a key that is missing now are errors of this read, and the application keeps the files that it has. That goes
for optional ones, too: a deletion may be a mistake, and an undelete brings the secret back.

Facts
- What an engine makes without a lease may say how long it lives (lives.py); a call with data whose answer does not is
  the same question, and stays as it is.
- What is leased by a batch token ends with it, at the latest, and is not renewed beyond it.
- The answer for a database's static role has `last_vault_rotation` and a `ttl` that counts down to the next one, so
  that `ttl` alone is no change. In a stored secret (KV) both are somebody's words, and a `ttl` is a value as any other.
- A KV version 2 secret may be given the time of its deletion when it is written; its metadata does not change then.
"""

from __future__ import annotations

import time

from vault.agent import log
from vault.agent.api.kv import has_metadata
from vault.agent.api.responses import MOST_SECONDS
from vault.agent.deadline import chance
from vault.agent.sidecar import schedule
from vault.agent.sidecar.schedule import Known, Life
from vault.agent.sidecar.stated_lives import is_counter, stated_seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vault.agent.api.responses import Lease
    from vault.agent.fetch import Fetched
    from vault.contract.errors import Failure
    from vault.contract.plan import Plan


class Held:
    """One read. `fetched` is what is published, None: nothing; `offered` is to take its place.

    `called` is when Vault was last called for it; `looked_at` is where its metadata was found.
    """

    __slots__ = (
        *("_plan", "called", "error", "failures", "fetched", "known", "lease", "looked_at", "may_look", "number"),
        *("offered", "read"),
    )

    def __init__(self, plan: Plan, number: int) -> None:
        """Hold nothing yet."""
        self._plan = plan
        self.number = number
        self.read = plan.reads[number]
        self.known = Known(asked=0, chance=0, is_there=False)
        self.fetched: Fetched | None = None
        self.offered: Fetched | None = None
        self.lease: Lease | None = None
        self.error: Failure | None = None
        self.failures = 0
        self.may_look = True
        self.called = -schedule.NEVER
        self.looked_at = ""

    def step(self, now: float) -> schedule.Step:
        """What to do next, and when."""
        return schedule.floored(schedule.step_of_read(self.known, self._plan.refresh_seconds, now), self.called)

    @property
    def creates(self) -> bool:
        """Whether reading it anew may leave something behind."""
        return bool(self.read.data) or (self.fetched is not None and not self.fetched.is_stored)

    def left(self) -> float:
        """How many seconds are left of what ends."""
        return schedule.NEVER if self.known.life is None else self.known.life.left(time.monotonic())

    def take(self, fetched: Fetched | None, began: float, token_ends: float) -> None:
        """Note what a call that began then has given. `token_ends`: by when a lease ends, whatever Vault says of it."""
        values = {} if fetched is None else fetched.values.reveal()
        self.lease = None if fetched is None else fetched.lease
        is_stored = fetched is not None and fetched.is_stored
        life = self._life({} if is_stored else values, began, token_ends)
        rotates = values.get("ttl") if "last_vault_rotation" in values and not is_stored else None
        is_known = type(rotates) is int and 0 < rotates <= MOST_SECONDS
        self.known = Known(
            asked=began,
            chance=chance(),
            is_there=fetched is not None,
            life=life,
            is_fixed=self.read.version is not None or (bool(self.read.data) and life is None),
            can_look=self.may_look and has_metadata(self.read.path) and bool(fetched and fetched.can_be_looked_at),
            rotates=began + rotates + 1 if is_known and rotates is not None else schedule.NEVER,
        )
        if fetched is not None and (self.fetched is None or _differ(fetched, self.fetched)):
            self.offered = fetched  # it is well once that is accepted
            return
        if fetched is not None:
            self.fetched = fetched
        self._mend()

    def accept(self) -> None:
        """What was offered is what is to be published from now on."""
        if self.offered is not None:
            self.fetched, self.offered = self.offered, None
            self._mend()

    def reject(self, failure: Failure) -> None:
        """What was offered cannot be rendered: it is read again at the next interval."""
        self.offered = None
        self.fail(failure)

    def seen(self, began: float) -> None:
        """It is as it was."""
        self.known = self.known.replace(asked=began, chance=chance(), put_off_until=0)
        self._mend()

    def renewed(self, began: float, seconds: int) -> None:
        """Its lease was renewed."""
        assert self.known.life is not None
        life = self.known.life.renewed(began, seconds, chance())
        self.known = self.known.replace(asked=began, life=life, put_off_until=0)
        self._mend()

    def expire(self) -> None:
        """It is to be read anew at once: its lease ends with a token that is no longer ours."""
        self.known = self.known.replace(asked=-schedule.NEVER, is_there=False, put_off_until=0)

    def fail(self, failure: Failure, wait: float = 0) -> None:
        """Put it off: for `wait` seconds, or to the next interval. What is published stays."""
        now = time.monotonic()
        if self.error is None or self.error.message != failure.message:
            log.write("error", "not up to date", files_stay=self.fetched is not None, **log.cause_of(failure))
        self.error = failure
        self.failures += 1
        if wait:
            self.known = self.known.replace(put_off_until=now + wait)
        else:
            self.known = self.known.replace(asked=now, chance=chance(), is_there=False, put_off_until=0)

    def _mend(self) -> None:
        if self.error is not None:
            log.write("info", "up to date again", path=self.read.path)
        self.error = None
        self.failures = 0

    def _life(self, values: dict[str, Any], began: float, token_ends: float) -> Life | None:
        ends = []
        if self.lease is not None and self.lease.seconds:
            ends += [began + self.lease.seconds, token_ends]
        if "last_vault_rotation" not in values:
            # a clock that is wrong by more than the life must not make us ask without a pause
            seconds = stated_seconds(values, time.time(), max(self._plan.refresh_seconds, schedule.LEAST_SECONDS))
            ends += [] if seconds is None else [began + max(seconds, schedule.LEAST_SECONDS)]
        if not ends:
            return None
        seconds = min(ends) - began
        renewable = self.lease is not None and self.lease.renewable and token_ends == schedule.NEVER
        return Life(began=began, seconds=seconds, full=seconds, chance=chance(), renewable=renewable)


def _differ(new: Fetched, old: Fetched) -> bool:
    """Whether there is something to publish: beside what is stored, a time that is left is no change."""
    values, before = new.values.reveal(), old.values.reveal()
    if new.is_stored or values == before:
        return values != before
    without = [{name: each for name, each in of.items() if not is_counter(name, each)} for of in (values, before)]
    return without[0] != without[1] or values.keys() != before.keys()
