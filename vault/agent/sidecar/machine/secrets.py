"""What an answer says of the secret in it: when it ends, whether it can change, and whether it differs from another.

Facts
- What an engine makes without a lease may state its TTL (stated_ttl.py). A call with data whose answer states none is
  the same question, so that its answer stays as it is.
- What is leased by a batch token expires with it, at the latest, and is not renewed beyond it.
- The answer for a database's static role has `last_vault_rotation` and a `ttl` that counts down to the next one, so
  that `ttl` alone is no change. In a stored secret (KV) both are somebody's words, and a `ttl` is a value as any other.
- A KV version 2 secret may be given the time of its deletion when it is written; its metadata does not change then.
"""

from __future__ import annotations

from vault.agent.api.kv_metadata import has_metadata
from vault.agent.api.responses import MOST_SECONDS
from vault.agent.sidecar.machine.stated_ttl import is_counter, stated_seconds
from vault.agent.sidecar.machine.ttl import LEAST_SECONDS, NEVER, Ttl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vault.agent.fetch import Fetched
    from vault.agent.sidecar.machine.messages import Answered
    from vault.agent.sidecar.machine.state import ReadState


def with_facts(
    read: ReadState, answered: Answered, began: float, *, jitter: float, refresh_seconds: float, leases_end: float
) -> ReadState:
    """Return a read with what the answer to a call says that began then. By `leases_end` each lease expires."""
    secret = answered.secret
    made = {} if secret.is_stored else secret.values.reveal()
    ends = []
    if secret.lease is not None and secret.lease.seconds:
        ends += [began + secret.lease.seconds, leases_end if secret.is_bound else NEVER]
    rotates = None
    if "last_vault_rotation" in made:
        rotates = made.get("ttl")
    else:
        # a clock that is wrong by more than the TTL must not make us ask without a pause
        stated = stated_seconds(made, answered.wall_clock, max(refresh_seconds, LEAST_SECONDS))
        ends += [] if stated is None else [began + max(stated, LEAST_SECONDS)]
    ttl = None
    if ends:
        seconds = min(ends) - began
        can_be = leases_end == NEVER or not secret.is_bound
        renewable = secret.lease is not None and secret.lease.renewable and can_be
        ttl = Ttl(began=began, seconds=seconds, full=seconds, jitter=jitter, renewable=renewable)
    is_known = type(rotates) is int and 0 < rotates <= MOST_SECONDS
    return read.replace(
        lease=secret.lease,
        ttl=ttl,
        asked=began,
        jitter=jitter,
        fixed=read.spec.version is not None or ((bool(read.spec.data) or read.spec.login) and ttl is None),
        can_poll=read.may_poll and has_metadata(secret.path or read.spec.path) and secret.can_be_looked_at,
        rotates_at=began + rotates + 1 if is_known and rotates is not None else NEVER,
    )


def differs(new: Fetched, old: Fetched, *, for_template: bool = False) -> bool:
    """Whether there is something to publish: of what is not stored, a TTL that counts down is no change.

    A template may show the version of a secret, too.
    """
    if for_template and new.stamp != old.stamp:
        return True
    values, before = new.values.reveal(), old.values.reveal()
    if new.is_stored or values == before:
        return values != before
    return _without_counters(values) != _without_counters(before) or values.keys() != before.keys()


def _without_counters(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if not is_counter(name, value)}
