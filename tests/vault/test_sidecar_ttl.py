"""When a sidecar renews, replaces, polls, retries: examples, what is always so, and that many do not come at once."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.agent.api.responses import Lease
from vault.agent.fetch import Fetched
from vault.agent.secret import Secret
from vault.agent.sidecar.machine import phases
from vault.agent.sidecar.machine.messages import POLL, READ, RENEW_LEASE
from vault.agent.sidecar.machine.schedule import next_of_read
from vault.agent.sidecar.machine.state import ReadState, Trouble
from vault.agent.sidecar.machine.ttl import LEAST_SECONDS, NEVER, Ttl, creating_delay, retry_delay
from vault.contract import plan
from vault.contract.errors import PathRefused

TIMES = st.floats(0, 10**6)
SECONDS = st.floats(0.1, 10**8)
JITTERS = st.floats(0, 1, exclude_max=True)
TTLS = st.builds(Ttl, began=TIMES, seconds=SECONDS, full=SECONDS, jitter=JITTERS, renewable=st.booleans())
SECRET = Fetched(values=Secret({"a": "b"}))
LEASE = Lease(id=Secret("l"), seconds=900, renewable=True)
TROUBLES = st.builds(Trouble, failure=st.just(PathRefused("no")), failures=st.just(1), retry_at=TIMES)
READS = st.builds(
    ReadState,
    spec=st.just(plan.Read(path="a/data/b")),
    phase=st.sampled_from([phases.CURRENT, phases.RETRYING, phases.REFUSED, phases.ABSENT]),
    published=st.none() | st.just(SECRET),
    asked=TIMES,
    jitter=JITTERS,
    lease=st.none() | st.just(LEASE),
    ttl=st.none() | TTLS,
    fixed=st.booleans(),
    can_poll=st.booleans(),
    rotates_at=st.just(NEVER) | TIMES,
    trouble=st.none() | TROUBLES,
    called=TIMES,
)


def _ttl(seconds: float = 900, full: float = 900, jitter: float = 0.5, *, renewable: bool = True) -> Ttl:
    return Ttl(began=1000, seconds=seconds, full=full, jitter=jitter, renewable=renewable)


TTL_STEPS = {
    "at two thirds": (_ttl(), 1600, True),
    "a fifteenth sooner": (_ttl(jitter=0), 1540, True),
    "a fifteenth later": (_ttl(jitter=1), 1660, True),
    "what cannot be renewed": (_ttl(renewable=False), 1600, False),
    "a renewal that gave less": (_ttl(seconds=300), 1050, False),
    "a renewal that gave more": (_ttl(full=600), 1600, True),
    "without an end": (_ttl(seconds=0, full=0), NEVER, True),
}


@pytest.mark.parametrize(("ttl", "at", "can_renew"), TTL_STEPS.values(), ids=TTL_STEPS)
def test_what_ends_is_kept(ttl: Ttl, at: float, can_renew: bool) -> None:
    """Renewed at two thirds, or replaced; replaced soon where its maximum is near."""
    assert (round(ttl.due_at, 6), ttl.can_renew(1000)) == (at, can_renew)


@given(TTLS)
def test_a_ttl_is_never_kept_too_late(ttl: Ttl) -> None:
    """Never after two thirds and a fifteenth, so never after the end."""
    assert ttl.began <= ttl.due_at <= ttl.began + ttl.seconds * (2 / 3 + 1 / 15) + 1e-6
    assert ttl.due_at < ttl.ends or ttl.seconds < 1e-6 * ttl.began
    assert ttl.can_renew(ttl.began) == (ttl.renewable and ttl.seconds >= ttl.full and ttl.ends > ttl.began)


@given(TTLS, TIMES)
def test_what_has_ended_is_not_renewed(ttl: Ttl, later: float) -> None:
    """After the end it is replaced, whatever it was."""
    assert not ttl.can_renew(ttl.ends + later)


@given(TTLS, TIMES, SECONDS, JITTERS)
def test_a_renewal_begins_a_ttl_anew(ttl: Ttl, now: float, seconds: float, jitter: float) -> None:
    """Its end is counted from the renewal, and what it was at first is not forgotten."""
    renewed = ttl.renewed(now, seconds, jitter)

    assert (renewed.ends, renewed.full, renewed.renewable) == (now + seconds, ttl.full, ttl.renewable)


def _read(phase: str = phases.CURRENT, **fields: Any) -> ReadState:
    usual: dict[str, Any] = {"published": SECRET, "asked": 1000, "jitter": 0.5, "called": 0}
    return ReadState(spec=plan.Read(path="a/data/b"), phase=phase, **{**usual, **fields})


def _until(retry_at: float) -> Trouble:
    return Trouble(failure=PathRefused("no"), failures=1, retry_at=retry_at)


READ_STEPS = {
    "KV version 2": (_read(can_poll=True), 1060, POLL),
    "KV version 1": (_read(), 1060, READ),
    "a fifth sooner": (_read(jitter=0), 1048, READ),
    "a fifth later": (_read(jitter=1), 1072, READ),
    "a pinned version": (_read(fixed=True), NEVER, READ),
    "a pinned version that was never there": (_read(phases.ABSENT, fixed=True, published=None), 1060, READ),
    "a lease": (_read(lease=LEASE, ttl=_ttl()), 1600, RENEW_LEASE),
    "a certificate": (_read(ttl=_ttl(renewable=False)), 1600, READ),
    "a lease that is refused now": (_read(phases.REFUSED, lease=LEASE, ttl=_ttl(), trouble=_until(1060)), 1060, READ),
    "a lease to retry": (_read(phases.RETRYING, lease=LEASE, ttl=_ttl(), trouble=_until(1700)), 1700, RENEW_LEASE),
    "a lease of a token that was replaced": (_read(phases.STALE, ttl=_ttl(), read_called=980), 981, READ),
    "a static role that rotates soon": (_read(rotates_at=1004), 1004, READ),
    "a static role that rotates later": (_read(rotates_at=9000), 1060, READ),
    "what was called a moment ago": (_read(rotates_at=1004, called=1003.5), 1004.5, READ),
}


@pytest.mark.parametrize(("read", "at", "kind"), READ_STEPS.values(), ids=READ_STEPS)
def test_a_read_is_kept_current(read: ReadState, at: float, kind: str) -> None:
    """By what ends, or about every refresh_seconds."""
    assert next_of_read(read, 60, 1000) == (kind, at)


@given(READS, st.integers(0, 10**6), TIMES)
def test_a_read_is_never_due_too_late(read: ReadState, refresh: int, now: float) -> None:
    """What need not wait is due by the end of its TTL, or after an interval and a fifth; what is fixed is never due."""
    kind, at = next_of_read(read, refresh, now)
    interval = read.asked + max(0.2, refresh) * 1.2 + 1e-6
    floor = read.called + LEAST_SECONDS

    assert at >= floor
    if read.trouble is not None and read.phase in (phases.RETRYING, phases.REFUSED):
        assert at == max(floor, read.trouble.retry_at)
    elif read.published is None or read.phase in (phases.REFUSED, phases.ABSENT):
        assert (kind, at <= max(floor, interval)) == (READ, True)
    elif read.ttl is not None:
        assert at == max(floor, read.ttl.due_at)
        assert (kind == RENEW_LEASE) == (read.lease is not None and read.ttl.can_renew(now))
    elif read.fixed:
        assert at == NEVER
    else:
        assert at <= max(floor, interval)
    assert kind != POLL or read.can_poll


WAITS = [
    (1, {}, 0.75, 1.25),
    (2, {}, 0.75, 60),
    (3, {}, 36, 60),
    (10**6, {}, 36, 60),
    (2, {"refresh_seconds": 10}, 0.75, 12.5),
    (3, {"refresh_seconds": 10}, 7.5, 12.5),
    (3, {"refresh_seconds": 0}, 0.75, 1.25),
    (1, {"suggested": 14}, 7, 14),
    (3, {"left": 30}, 10, 10),
    (3, {"left": 0.1}, 1, 1),
    (1, {"left": 30}, 0.75, 1.25),
    (2, {"left": 3, "suggested": 14}, 1, 1),
    (2, {"left": 60, "suggested": 14}, 7, 20),
    (1, {"suggested": 7200}, 150, 300),
    (1, {"suggested": 7200, "left": 60}, 20, 20),
]


@pytest.mark.parametrize(("failures", "fields", "least", "most"), WAITS)
def test_a_failure_is_waited_after(failures: int, fields: dict[str, float], least: float, most: float) -> None:
    """For up to a minute; a Retry-After is the least, up to 5 min; a third of what is left of a TTL is the most."""
    usual = {"refresh_seconds": 60.0, **fields}
    assert retry_delay(failures, jitter=0, **usual) == pytest.approx(least)
    assert retry_delay(failures, jitter=1, **usual) == pytest.approx(most)


@pytest.mark.parametrize("outage", [3, 10, 30, 60, 120, 600, 3600])
def test_many_do_not_come_back_at_once(outage: int) -> None:
    """300 sidecars, and an outage: in the minute after it, no second sees three times the mean of that minute.

    They notice the outage as they poll, all over a minute, and come back as their waits are.
    """
    peaks = []
    for seed in range(15):
        chance = random.Random(seed).random
        back: Counter[int] = Counter()
        for _ in range(300):
            at, failures = 60 * chance(), 0
            while at < outage:
                failures += 1
                at += retry_delay(failures, 60, chance())
            back[int(at - outage)] += 1
        assert sum(back.values()) == 300
        assert max(back) <= 60
        peaks.append(max(back.values()) / (300 / 60))

    assert sorted(peaks)[len(peaks) // 2] <= 3


def test_waits_of_what_may_create_double() -> None:
    """A short trouble is over soon; of a long one there are few calls; what ends is in a hurry."""
    waits = [creating_delay(failures, NEVER) for failures in range(1, 40)]
    assert waits[:4] == [1, 2, 4, 8]
    assert waits == sorted(waits)
    assert waits[-1] == 3600
    assert creating_delay(30, 90) == 30
    assert creating_delay(30, 0.1) == 1
