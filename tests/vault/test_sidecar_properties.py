"""The sidecar's machine, whatever happens: what is always so after any outcomes, in any order, at any times."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.vault import machine as m
from tests.support.vault.machine import World, kv, leased, polled, world
from vault.agent.sidecar.machine import messages, phases
from vault.agent.sidecar.machine.messages import Action, Failed, Published, ReadsWanted, Renewed, SourcesChanged
from vault.agent.sidecar.machine.schedule import LONGEST_WAIT_SECONDS
from vault.agent.sidecar.machine.state import State, add_read, add_session
from vault.agent.sidecar.machine.ttl import LEAST_SECONDS
from vault.contract import plan
from vault.contract.errors import CannotWrite, KeyMissing, Unexpected

if TYPE_CHECKING:
    from vault.agent.sidecar.machine.messages import Outcome

SEEDS = st.integers(0, 2**32)
STEPS = st.integers(1, 300)  # which shrinks: a failure is shown by its shortest run
TROUBLE = {messages.UNAVAILABLE: messages.ANSWERS_AGAIN, messages.READ_FAILED: messages.READ_RECOVERED}
TOKEN_REFUSED = polled(status=403).replace(token_refused=True)
ANY: dict[str, list[Outcome]] = {
    messages.LOG_IN: [m.service(), m.service(5), m.service(0), m.batch(30), m.NO_LOGIN],
    messages.RENEW_TOKEN: [Renewed(seconds=3600), Renewed(seconds=7), Renewed(seconds=0)],
    messages.READ: [
        kv(),
        kv("two", 2),
        leased(),
        leased("x", 3),
        leased("y", 60, renewable=False),
        m.REFUSED,
        m.DELETED,
    ],
    messages.RENEW_LEASE: [Renewed(seconds=900), Renewed(seconds=2), Renewed(seconds=0)],
    messages.POLL: [polled(), polled(2), polled(status=403), polled(status=404), TOKEN_REFUSED],
}
FAILURES = [m.AWAY, m.SEALED, m.ERROR, m.LATER, m.DEAD, Failed(failure=Unexpected("omamori itself failed"))]


def _any_world(chance: random.Random) -> World:
    reads = [plan.Read(path=f"{mount}/data/x", session=chance.choice((0, 1))) for mount in "abcd"]
    reads.append(plan.Read(path="e/issue", data=(("name", "x"),)))
    on_change = chance.choice(("", "signal"))
    made = world(*reads[: chance.randint(1, 5)], sessions=2, optional=chance.random() < 0.5, on_change=on_change)

    def answer(action: Action) -> Outcome:
        if action.kind == messages.PUBLISH and chance.random() < 0.1:
            found = plan.Read(path=f"t/data/{chance.randrange(5)}", session=chance.choice((0, 1)))
            if found.call not in {read.spec.call for read in made.state.reads if read.needed}:
                return ReadsWanted(reads=((found, chance.random() < 0.5),))
        if action.kind == messages.PUBLISH:
            number = chance.randrange(len(made.state.reads))
            staged = made.state.reads[number].staged is not None and made.state.files == phases.STAGED
            rejected = ((number, KeyMissing("no key")),) if staged and chance.random() < 0.3 else ()
            if made.state.files == phases.STAGED and chance.random() < 0.2:
                return Failed(failure=CannotWrite("full"))
            has_sources = chance.random() < 0.3
            return Published(files=chance.choice((0, 1)), directories=1, rejected=rejected, has_sources=has_sources)
        if action.kind == messages.WAIT and made.state.has_sources and chance.random() < 0.3:
            return SourcesChanged()
        if action.kind in ANY:
            return chance.choice(FAILURES if chance.random() < 0.3 else ANY[action.kind])
        return m.GOOD[action.kind]

    made.answer = answer
    return made


def _lived(seed: int, steps: int) -> World:
    """Live through random outcomes; what can be said of one step is checked at each."""
    chance = random.Random(seed)
    lived = _any_world(chance)
    for _ in range(steps):
        lived.jitter = chance.random()
        lived.call_seconds = chance.choice((0.01, 0.3, 2.0, 20.0))
        if chance.random() < 0.02:
            lived.now += 10 ** chance.uniform(0, 6)
        if chance.random() < 0.02:
            lived.state = add_session(lived.state, m.session(chance.choice(("main", "third"))))
            session = chance.randrange(len(lived.state.sessions))
            wanted = plan.Read(path=f"g/data/{chance.randrange(3)}", session=session)
            lived.state = add_read(lived.state, wanted, optional=chance.random() < 0.5)
        if chance.random() < 0.05:
            calls = [read.spec.call for read in lived.state.reads]
            lived.used = chance.choice((None, frozenset(chance.sample(calls, len(calls) // 2))))
        before = lived.state
        action = lived.step()
        _check_login(before, lived, action)
        _check_waits(lived, action)
        for old, new in zip(before.reads, lived.state.reads, strict=False):
            assert old.published is None or new.published is not None or not new.needed, "what is published stays"
            assert new.needed or (new.only_by_template and not new.published and not new.lease), (
                "what is forgotten is so whole"
            )
        has_staged = any(read.staged for read in lived.state.reads)
        assert not has_staged or lived.state.files != phases.PUBLISHED, "what is staged is to be published"
    return lived


def _check_login(before: State, lived: World, action: Action) -> None:
    """A login is made where the token before is refused, not renewed, or due; one token at a time, but for leases."""
    if action.kind != messages.LOG_IN:
        return
    session = before.sessions[action.session]
    has_leases = any(read.lease for read in before.reads_of(action.session))
    assert action.login == session.login + 1
    assert session.phase != phases.REVOKING
    if session.phase == phases.LOGGED_IN and session.ttl is not None:
        assert action.at >= session.ttl.due_at or (session.kind == "batch" and has_leases)
    after = lived.state.sessions[action.session]
    if after.login == action.login and len(after.old) > len(session.old):
        assert has_leases or after.phase == phases.REVOKING


def _check_waits(lived: World, action: Action) -> None:
    """No wait is longer than an hour, and none of a call that creates nothing longer than five minutes."""
    if action.kind == messages.WAIT:
        assert action.at <= action.until <= action.at + LONGEST_WAIT_SECONDS
        assert len(lived.done) < 2 or lived.done[-2].kind != messages.WAIT or action.until > action.at
        return
    for session in lived.state.sessions:
        for trouble in (session.outage, session.login_trouble):
            assert trouble is None or trouble.retry_at <= lived.now + 300
    for read in lived.state.reads:
        most = LONGEST_WAIT_SECONDS if read.creates else 300
        assert read.trouble is None or read.trouble.retry_at <= lived.now + most


@settings(max_examples=150, deadline=None)
@given(SEEDS, STEPS)
@example(1188094187, 300)  # a login for a lease of a batch token, after an outage of less than a second
def test_calls_for_one_thing_are_a_second_apart(seed: int, steps: int) -> None:
    """Whatever comes back, and however the clock jumps; logins of one session are never two at once."""
    called = defaultdict(list)
    lived = _lived(seed, steps)
    for action, asked in zip(lived.done, lived.asked, strict=True):
        if action.kind in ANY:
            called[action.kind, action.session, action.read, asked].append(action.at)
    for key, times in called.items():
        gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
        assert all(gap > LEAST_SECONDS - 1e-6 for gap in gaps), key


@settings(max_examples=150, deadline=None)
@given(SEEDS, STEPS)
@example(2408015543, 300)  # an optional secret that was never usable, whose token is replaced, is gone
def test_no_event_comes_twice(seed: int, steps: int) -> None:
    """A trouble is said once for each reason, until it is over; and nothing is over that was not said."""
    trouble: dict[tuple[str, int, str], str] = {}
    moments = defaultdict(list)
    for at, event in _lived(seed, steps).said:
        moments[at].append((event.kind, event.of, event.number))
        if event.kind == m.FORGOTTEN:
            trouble.pop((event.of, event.number, messages.READ_RECOVERED), None)
        if event.kind in TROUBLE:
            assert event.failure is not None
            key, reason = (event.of, event.number, TROUBLE[event.kind]), event.failure.message
            assert trouble.get(key) != reason, event
            trouble[key] = reason
        if event.kind in TROUBLE.values():
            assert trouble.pop((event.of, event.number, event.kind), None), event
    assert all(len(each) == len(set(each)) for each in moments.values())


class Granting:
    """A Vault that gives what it is asked for, but for outages, when a call fails."""

    def __init__(self, chance: random.Random, made: World) -> None:
        self._chance = chance
        self._made = made
        self._away = (0.0, 0.0)
        self.failed = [-1e9, -1e9]  # when a call for each session has failed last

    def answer(self, action: Action) -> Outcome:
        """Answer, or be away for a while."""
        now, chance = self._made.now, self._chance
        if now > self._away[1] and chance.random() < 0.05:
            self._away = (now, now + 10 ** chance.uniform(0, 2.5))
        if action.kind in ANY and self._away[0] <= now <= self._away[1]:
            self.failed[action.session] = now
            return m.AWAY
        name = str(chance.random())
        choices: dict[str, list[Outcome]] = {
            messages.LOG_IN: [m.service(60), m.service(600), m.batch(60), m.batch(600)],
            messages.RENEW_TOKEN: [Renewed(seconds=600), Renewed(seconds=20), Renewed(seconds=0)],
            messages.READ: [leased(name, 20), leased(name, 300), leased(name, 30, renewable=False)],
            messages.RENEW_LEASE: [Renewed(seconds=300), Renewed(seconds=10), Renewed(seconds=0)],
        }
        if action.read >= 0 and action.read % 2:
            return kv(name, int(now)) if action.kind == messages.READ else polled(chance.randrange(10))
        return chance.choice(choices.get(action.kind, [m.GOOD[action.kind]]))


@settings(max_examples=150, deadline=None)
@given(SEEDS, STEPS, st.integers(1, 5))
def test_no_lease_is_left_to_end_while_vault_answers(seed: int, steps: int, reads: int) -> None:
    """One ends only where a call failed in its last moments: until then it was tried in time, and again and again."""
    specs = [plan.Read(path=f"x/data/{each}", session=each % 3 // 2, allows_short_lease=True) for each in range(reads)]
    chance = random.Random(seed)
    lived = world(*specs, sessions=2)
    vault = Granting(chance, lived)
    lived.answer = vault.answer
    read_by: dict[int, int] = {}  # the login that each read was read by
    expires: dict[tuple[int, int], float] = {}  # its token, as it is known last
    for _ in range(2 * steps):
        lived.jitter = chance.random()
        lived.call_seconds = chance.choice((0.01, 0.1, 0.3))
        action = lived.step()
        for number, session in enumerate(lived.state.sessions):
            expires[number, session.login] = session.ttl.ends if session.ttl is not None else 0
        for number, read in enumerate(lived.state.reads):
            if action.kind == messages.READ and action.read == number and read.phase == phases.CURRENT:
                read_by[number] = action.login
            if read.ttl is None:
                continue
            ends = min(read.ttl.ends, expires[read.spec.session, read_by[number]])
            assert ends > lived.now or vault.failed[read.spec.session] > ends - 4, (read, lived.done[-10:])


@pytest.mark.parametrize("seed", range(20))
def test_after_any_trouble_all_is_well(seed: int) -> None:
    """From any state, once Vault gives what it is asked for, nothing is wrong as soon as the longest wait is over."""
    lived = _lived(seed, 150)
    lived.call_seconds = 0.01
    lived.run(LONGEST_WAIT_SECONDS + 600)

    assert lived.state.is_well
    assert {read.phase for read in lived.state.reads if read.needed} <= {phases.CURRENT}
    assert lived.state.files == phases.PUBLISHED
