"""The sidecar's machine, by what single transitions must keep: turns, numbers that grow, phases that are left."""

from __future__ import annotations

from typing import Any

from tests.support.vault import machine as m
from tests.support.vault.machine import World, kv, leased, polled, world
from vault.agent.sidecar.machine import messages, phases
from vault.agent.sidecar.machine.advance import advance
from vault.agent.sidecar.machine.messages import (
    LOG_IN,
    POLL,
    PUBLISH,
    READ,
    RENEW_LEASE,
    Done,
    SourcesChanged,
)
from vault.agent.sidecar.machine.schedule import next_action
from vault.agent.sidecar.machine.state import add_read, add_session, note_used
from vault.agent.sidecar.machine.ttl import Ttl
from vault.contract import plan

START = [LOG_IN, READ, PUBLISH]


def _started(**fields: Any) -> World:
    running = world(**fields)
    running.run(0.1)
    running.events()
    return running


def test_a_read_that_is_added_is_read_next() -> None:
    """By the login that there is; the read that was there is polled when it would have been."""
    running, beside = _started(), _started()
    running.state = add_read(running.state, plan.Read(path="secret/data/b"))

    assert running.run(30, read=kv("b")) == [READ, PUBLISH]
    assert running.state.reads[0] == beside.state.reads[0]
    assert running.state.sessions[0].login == 1
    assert running.run(60) == [POLL, POLL]


def test_a_session_that_is_added_is_logged_in_for_its_first_read() -> None:
    """Nobody is asked who has nothing to read; the session that was there is undisturbed."""
    running, beside = _started(), _started()
    running.state = add_session(running.state, m.session("other"))
    assert running.run(10) == []
    running.state = add_read(running.state, plan.Read(path="secret/data/b", session=1))

    assert running.run(10, read=kv("b")) == [LOG_IN, READ, PUBLISH]
    made = [action.session for action in running.done if action.session >= 0]
    assert made == [0, 0, 1, 1]
    assert running.state.sessions[0].ttl == beside.state.sessions[0].ttl
    assert running.state.reads[0] == beside.state.reads[0]


def test_a_read_that_is_added_and_fails_holds_up_nothing() -> None:
    """Its trouble is its own; one that is optional may be absent; and what is there already is not added again."""
    running = _started()
    state = add_read(running.state, plan.Read(path="secret/data/b"))
    state = add_read(state, plan.Read(path="secret/data/c"), optional=True)
    assert add_read(state, plan.Read(path="secret/data/c"), optional=True) == state
    assert not add_read(state, plan.Read(path="secret/data/c")).reads[2].optional
    assert add_session(state, m.session()) == state
    running.state = state

    assert running.run(59, read=m.DELETED) == [READ, READ]
    assert [read.phase for read in running.state.reads] == [phases.CURRENT, phases.REFUSED, phases.ABSENT]
    made = running.run(5, poll=polled(2), read=kv("two", 2))
    assert (made.count(POLL), made.count(READ)) == (1, 3)
    assert {read.phase for read in running.state.reads} == {phases.CURRENT}


def test_a_slow_vault_has_a_second_and_then_the_other_its_turn() -> None:
    """Five reads of the one are due, and of the other a lease: it is renewed after the first of them."""
    reads = [plan.Read(path=f"secret/data/{number}") for number in range(5)]
    running = world(*reads, plan.Read(path="db/creds/a", session=1), sessions=2)
    running.run(0.2, read=leased(seconds=90))
    running.call_seconds = 1.2
    running.now += 60
    running.answer = lambda action: leased() if action.kind == READ else m.GOOD[action.kind]
    made = [(action.session, action.kind) for action in (running.step() for _ in range(11))]

    assert made[:3] == [(0, RENEW_LEASE), (1, RENEW_LEASE), (-1, messages.WAIT)]
    assert [each for each in made[3:] if each[1] != messages.WAIT] == [(0, RENEW_LEASE)] * 4


def test_nothing_is_published_before_all_is_read() -> None:
    """However long the first reads take."""
    running = world("a/b", "c/d", "e/f")
    running.call_seconds = 5
    kinds = [running.step().kind for _ in range(7)]

    assert [kind for kind in kinds if kind != messages.WAIT] == [LOG_IN, READ, READ, READ]
    assert running.step().kind == PUBLISH


def test_a_token_of_no_end_is_never_due() -> None:
    """A TTL of 0 seconds has no end: the machine waits for an hour at most, and for nothing."""
    running = world(plan.Read(path="secret/data/a", version=1))
    assert running.run(10**6, log_in=m.service(0)) == START
    assert running.state.sessions[0].ttl == Ttl(began=1000, seconds=0, full=0, jitter=0.5, renewable=True)


def test_each_phase_can_be_reached_and_left() -> None:
    """The tables have no dead end but the restart, and nothing that is not reached from the first phase."""
    for table, first in (
        (phases.SESSION, phases.LOGGED_OUT),
        (phases.READ, phases.NEW),
        (phases.FILES, phases.AWAITED),
    ):
        reached = {first}
        for _ in table:
            reached |= {target for phase in reached for target in table.get(phase, {}).values()}
        assert reached - {phases.RESTARTING} == set(table)


def test_a_lease_of_a_batch_token_is_taken_again_while_new_logins_are_refused() -> None:
    """By the token that there is, short as it may be; the login is tried again all the while."""
    running = world(plan.Read(path="db/creds/a", allows_short_lease=True))
    running.run(0.1, log_in=m.batch(3600), read=leased(seconds=600))
    made = running.run(450, log_in=m.NO_LOGIN, read=leased("two", seconds=600))
    assert made[:3] == [LOG_IN, READ, PUBLISH]
    assert running.state.sessions[0].login == 1

    assert LOG_IN in running.run(400, log_in=m.batch(3600), read=leased("three", seconds=600))
    assert running.state.is_well


def test_files_of_the_pod_are_looked_at_once_an_interval() -> None:
    """One that has changed is published; none is looked at where no template has read one."""
    running = _started()
    asleep = next_action(running.state, running.now).until
    watching = running.state.replace(has_sources=True, refresh_seconds=5, reads=())
    action = next_action(watching, running.now)
    assert (action.kind, action.until) == (messages.WAIT, running.now + 5)
    assert asleep > running.now + 5

    changed, _ = advance(watching, action, SourcesChanged(), action.until, 0.5)
    assert next_action(changed, action.until).kind == PUBLISH
    same, _ = advance(watching, action, Done(), action.until, 0.5)
    assert same.files == phases.PUBLISHED


def test_paths_that_come_and_go_take_no_room() -> None:
    """A number that nothing needs is given to the next path that a template finds."""
    running = world("secret/data/a")
    running.used = frozenset()
    running.run(1)
    for number in range(100):
        running.state = add_read(running.state, plan.Read(path=f"secret/data/t{number}"))
        running.state = note_used(running.state, frozenset())
    running.state = add_read(running.state, plan.Read(path="secret/data/kept"))
    assert [read.spec.path for read in running.state.reads] == ["secret/data/a", "secret/data/kept"]
    assert running.state.reads[1].needed
    assert running.state.reads[1].phase == phases.NEW
