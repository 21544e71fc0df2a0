"""Several calls at a time: each once, the first error told, and an interruption that ends it."""

from __future__ import annotations

import signal
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.vault.access import Ground, grant
from tests.support.vault.proxy import Proxy
from vault.policy.errors import Interrupted
from vault.policy.sync.apply import apply_plan
from vault.policy.sync.state import concurrently
from vault.policy.sync.threads import in_threads


@given(st.lists(st.integers(), max_size=30), st.integers(1, 9))
def test_each_item_once(items: list[int], most: int) -> None:
    """In any order, by any number of threads."""
    done: list[int] = []
    in_threads(items, most, done.append)
    assert sorted(done) == sorted(items)
    assert concurrently(items, lambda item: item + 1) == {item: item + 1 for item in items}


def test_after_an_error_none_is_begun() -> None:
    """It is raised when what is under way has ended."""
    done: list[int] = []

    def work(item: int) -> None:
        if item == 3:
            raise ValueError(item)
        done.append(item)

    with pytest.raises(ValueError, match="3"):
        in_threads(range(1000), 1, work)
    assert done == [0, 1, 2]


def test_an_interruption_leaves_behind_what_hangs() -> None:
    """Ctrl-C comes through at once, and nothing more is begun."""
    stop, begun = threading.Event(), []

    def work(item: int) -> None:
        begun.append(item)
        if len(begun) == 2:
            signal.raise_signal(
                signal.SIGINT
            ) if threading.current_thread() is threading.main_thread() else _interrupt()
        stop.wait(30)

    with pytest.raises(KeyboardInterrupt):
        in_threads(range(100), 2, work)
    stop.set()
    assert len(begun) == 2


def _interrupt() -> None:
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def test_an_interrupted_apply_says_what_is_done(ground: Ground, proxy: Proxy) -> None:
    """What is under way ends, what is done stays and is told, and the next apply goes on from there."""
    ground.enable()
    access = ground.access([grant(f"app-{number}") for number in range(30)])
    plan = ground.plan(access)
    seen: list[Any] = []

    def interrupt(path: str) -> None:
        if "policies/acl/omamori" in path:
            seen.append(path)
            if len(seen) == 10:
                _interrupt()

    proxy.before = interrupt
    outcome = apply_plan(ground.client_of(proxy), plan, prune=False, lock=ground.lock())

    assert isinstance(outcome.failure, Interrupted)
    assert 0 < len(outcome.done) < len(plan.changes)
    assert sorted(each.path for each in (*outcome.done, *outcome.left)) == sorted(each.path for each in plan.changes)
    assert ground.apply(access, lock=ground.lock()).failure is None
    assert ground.plan(access).is_empty
