"""What a sidecar does next, and when: examples, what is always so, and that many of them do not come at once."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.agent.sidecar.schedule import (
    LOOK,
    NEVER,
    RENEW,
    REPLACE,
    Known,
    Life,
    Step,
    step_of_life,
    step_of_read,
    wait_after,
)

TIMES = st.floats(0, 10**6)
SECONDS = st.floats(0.1, 10**8)
CHANCES = st.floats(0, 1, exclude_max=True)
LIVES = st.builds(Life, began=TIMES, seconds=SECONDS, full=SECONDS, chance=CHANCES, renewable=st.booleans())
KNOWN = st.builds(
    Known,
    asked=TIMES,
    chance=CHANCES,
    is_there=st.booleans(),
    life=st.none() | LIVES,
    is_fixed=st.booleans(),
    can_look=st.booleans(),
    rotates=st.just(NEVER) | TIMES,
    put_off_until=st.just(0.0) | TIMES,
)


def _life(seconds: float = 900, full: float = 900, chance: float = 0.5, *, renewable: bool = True) -> Life:
    return Life(began=1000, seconds=seconds, full=full, chance=chance, renewable=renewable)


LIFE_STEPS = {
    "at two thirds": (_life(), 1600, RENEW),
    "a fifteenth sooner": (_life(chance=0), 1540, RENEW),
    "a fifteenth later": (_life(chance=1), 1660, RENEW),
    "what cannot be renewed": (_life(renewable=False), 1600, REPLACE),
    "a renewal that gave less": (_life(seconds=300), 1050, REPLACE),
    "a renewal that gave more": (_life(full=600), 1600, RENEW),
    "without an end": (_life(seconds=0, full=0), NEVER, RENEW),
}


@pytest.mark.parametrize(("life", "at", "action"), LIFE_STEPS.values(), ids=LIFE_STEPS)
def test_what_ends_is_kept(life: Life, at: float, action: str) -> None:
    """Renewed at two thirds, or got anew; got anew soon where its maximum is near."""
    step = step_of_life(life, now=1000)

    assert (round(step.at, 6), step.action) == (at, action)


@given(LIVES)
def test_a_life_is_never_kept_too_late(life: Life) -> None:
    """Never after two thirds and a fifteenth, so never after the end; never at once, lest there is no pause."""
    step = step_of_life(life, life.began)

    assert life.began <= step.at <= life.began + life.seconds * (2 / 3 + 1 / 15) + 1e-6
    assert step.at < life.ends or life.seconds < 1e-6 * life.began
    assert step.action == (RENEW if life.renewable and life.seconds >= life.full else REPLACE)


@given(LIVES, TIMES)
def test_what_has_ended_is_not_renewed(life: Life, later: float) -> None:
    """After the end it is got anew, whatever it was."""
    assert step_of_life(life, life.ends + later).action == REPLACE


@given(LIVES, TIMES, SECONDS, CHANCES)
def test_a_renewal_begins_a_life_anew(life: Life, now: float, seconds: float, chance: float) -> None:
    """Its end is counted from the renewal, and what it was at first is not forgotten."""
    renewed = life.renewed(now, seconds, chance)

    assert (renewed.ends, renewed.full, renewed.renewable) == (now + seconds, life.full, life.renewable)


READ_STEPS = {
    "KV version 2": (Known(asked=1000, chance=0.5, can_look=True), 1060, LOOK),
    "KV version 1": (Known(asked=1000, chance=0.5), 1060, REPLACE),
    "a fifth sooner": (Known(asked=1000, chance=0), 1048, REPLACE),
    "a fifth later": (Known(asked=1000, chance=1), 1072, REPLACE),
    "a pinned version": (Known(asked=1000, chance=0.5, is_fixed=True), NEVER, REPLACE),
    "a pinned version that is not there": (Known(asked=1000, chance=0.5, is_fixed=True, is_there=False), 1060, REPLACE),
    "a lease": (Known(asked=1000, chance=0.5, life=_life()), 1600, RENEW),
    "a certificate": (Known(asked=1000, chance=0.5, life=_life(renewable=False)), 1600, REPLACE),
    "a lease that is refused now": (Known(asked=1000, chance=0.5, life=_life(), is_there=False), 1060, REPLACE),
    "a lease, put off": (Known(asked=1000, chance=0.5, life=_life(), put_off_until=1700), 1700, RENEW),
    "a static role that rotates soon": (Known(asked=1000, chance=0.5, rotates=1004), 1004, REPLACE),
    "a static role that rotates later": (Known(asked=1000, chance=0.5, rotates=9000), 1060, REPLACE),
}


@pytest.mark.parametrize(("known", "at", "action"), READ_STEPS.values(), ids=READ_STEPS)
def test_a_read_is_looked_after(known: Known, at: float, action: str) -> None:
    """By what ends, or about every refresh_seconds."""
    assert step_of_read(known, 60, now=1000) == Step(at=at, action=action)


@given(KNOWN, st.integers(0, 10**6), TIMES)
def test_a_read_is_never_looked_after_too_late(known: Known, refresh: int, now: float) -> None:
    """What was not put off comes by the end of its life, or an interval and a fifth; a fixed one never."""
    step = step_of_read(known, refresh, now)
    interval = known.asked + max(0.2, refresh) * 1.2 + 1e-6

    if known.put_off_until:
        assert step.at == known.put_off_until
    elif known.is_there and known.life is not None:
        assert step == step_of_life(known.life, now)
    elif known.is_there and known.is_fixed:
        assert step.at == NEVER
    else:
        assert step.at <= interval
    assert step.action in (RENEW, REPLACE, LOOK)
    assert step.action != LOOK or known.can_look or known.is_fixed


WAITS = [
    (1, {}, 0.75, 1.25),
    (2, {}, 0.75, 60),
    (3, {}, 36, 60),
    (10**6, {}, 36, 60),
    (2, {"refresh_seconds": 10}, 0.75, 12.5),
    (3, {"refresh_seconds": 10}, 7.5, 12.5),
    (3, {"refresh_seconds": 0}, 0.75, 1.25),
    (1, {"asked": 14}, 7, 14),
    (3, {"left": 30}, 10, 10),
    (3, {"left": 0.1}, 1, 1),
    (1, {"left": 30}, 0.75, 1.25),
    (2, {"left": 3, "asked": 14}, 1, 1),
    (2, {"left": 60, "asked": 14}, 7, 20),
    (1, {"asked": 7200}, 150, 300),
    (1, {"asked": 7200, "left": 60}, 20, 20),
]


@pytest.mark.parametrize(("failures", "fields", "least", "most"), WAITS)
def test_a_failure_is_waited_after(failures: int, fields: dict[str, float], least: float, most: float) -> None:
    """For up to a minute; a Retry-After is the least, up to 5 min; a third of what is left of a life is the most."""
    usual = {"refresh_seconds": 60.0, **fields}
    assert wait_after(failures, chance=0, **usual) == pytest.approx(least)
    assert wait_after(failures, chance=1, **usual) == pytest.approx(most)


@pytest.mark.parametrize("outage", [3, 10, 30, 60, 120, 600, 3600])
def test_many_do_not_come_back_at_once(outage: int) -> None:
    """300 sidecars, and an outage: in the minute after it, no second sees three times the mean of that minute.

    They notice the outage as they look, all over a minute, and come back as their waits are.
    """
    peaks = []
    for seed in range(15):
        chance = random.Random(seed).random
        back: Counter[int] = Counter()
        for _ in range(300):
            at, failures = 60 * chance(), 0
            while at < outage:
                failures += 1
                at += wait_after(failures, 60, chance())
            back[int(at - outage)] += 1
        assert sum(back.values()) == 300
        assert max(back) <= 60
        peaks.append(max(back.values()) / (300 / 60))

    assert sorted(peaks)[len(peaks) // 2] <= 3
