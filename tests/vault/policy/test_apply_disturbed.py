"""Applies that meet others, or a refusal: nothing is mixed, and what is done and what is not is told exactly."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.vault.access import Ground, grant
from tests.support.vault.proxy import Proxy, Scripted, says
from vault.client import VaultClient
from vault.contract.errors import PathRefused
from vault.policy.desired.resources import policy_path, wanted_entries
from vault.policy.errors import LockHeld, PlanStale
from vault.policy.sync.apply import apply_plan


def test_a_plan_of_yesterday_is_refused(ground: Ground) -> None:
    """Where Vault is neither as it was nor as it should be, nothing is written."""
    ground.apply(ground.access([grant()]))
    access = ground.access([grant(token={"ttl": "20m"}), grant("mail")])
    plan = ground.plan(access)
    as_it_is = wanted_entries(access)[-2].fields
    ground.server.client.write(f"auth/{ground.auth}/role/shop.checkout", {**as_it_is, "token_ttl": 900})

    with pytest.raises(PlanStale, match=f"auth/{ground.auth}/role/shop.checkout"):
        apply_plan(ground.server.client, plan, prune=False, lock=None)
    assert ground.server.client.list(f"auth/{ground.auth}/role") == ["shop.checkout"]


def test_what_another_has_applied_meanwhile_is_no_reason_to_stop(ground: Ground) -> None:
    """A plan whose changes are all there already is done."""
    access = ground.access([grant()])
    plan = ground.plan(access)
    ground.apply(access)

    outcome = apply_plan(ground.server.client, plan, prune=False, lock=None)

    assert outcome.done == []
    assert outcome.failure is None


@pytest.mark.parametrize("repetition", range(3))
def test_two_at_once(ground: Ground, repetition: int) -> None:
    """Equal files end equal; of different ones, one is refused and the other is whole."""
    ground.enable()
    mine = ground.access([grant(f"app-{number}") for number in range(10)])
    other = ground.access([grant(f"app-{number}", token={"ttl": "20m"}) for number in range(10)])
    plans = [ground.plan(mine), ground.plan(mine if repetition == 0 else other)]

    def apply(number: int) -> str:
        client = VaultClient(ground.server.address, ground.server.root_token, ground.server.ca_file)
        try:
            lock = ground.lock(who=f"apply-{number}")
            return str(apply_plan(client, plans[number], prune=False, lock=lock, wait_seconds=30).failure)
        except PlanStale:
            return "stale"

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(apply, range(2)))

    if repetition == 0:
        assert results == ["None", "None"]
        assert ground.plan(mine).is_empty
    else:
        assert sorted(results) == ["None", "stale"]
        assert ground.plan([mine, other][results.index("None")]).is_empty


def test_it_stops_at_the_first_refusal(ground: Ground, proxy: Proxy) -> None:
    """What is done and what is not is said exactly, and the next apply completes it."""
    ground.enable()
    access = ground.access([grant(f"app-{number}") for number in range(30)])
    plan = ground.plan(access)
    proxy.only = "/v1/sys/policies/acl/omamori"
    proxy.script += [Scripted()] * 10 + [says(403, ["not you"])]

    outcome = apply_plan(ground.client_of(proxy), plan, prune=False, lock=None)

    assert isinstance(outcome.failure, PathRefused)
    assert "not you" in outcome.failure.message
    assert 0 < len(outcome.done) < len(plan.changes)
    assert sorted(change.path for change in (*outcome.done, *outcome.left)) == sorted(
        each.path for each in plan.changes
    )
    there = {policy_path(name) for name in ground.server.client.list("sys/policies/acl")}
    assert {change.path for change in outcome.done if change.kind == "policy"} == there & {
        each.path for each in plan.changes
    }
    assert ground.apply(access).failure is None
    assert ground.plan(access).is_empty


def test_it_stops_without_its_lock(ground: Ground, proxy: Proxy) -> None:
    """Where somebody takes the lock from an apply that was too slow, it ends, and tells what it has done."""
    ground.enable()
    plan = ground.plan(ground.access([grant(f"app-{number}") for number in range(30)]))
    seen: list[str] = []

    def steal(path: str) -> None:
        if "policies/acl/omamori" in path:
            seen.append(path)
            if len(seen) == 10:
                ground.server.client.write(f"{ground.mount}/data/lock", {"data": {"who": "thief", "seconds": 60}})

    proxy.before = steal
    eager = ground.lock(seconds=0, who="slow")  # which is written anew before each write

    outcome = apply_plan(ground.client_of(proxy), plan, prune=False, lock=eager)

    assert isinstance(outcome.failure, LockHeld)
    assert "was lost: this apply took too long; thief holds the lock" in str(outcome.failure)
    assert len(outcome.done) >= 9
    assert sorted(each.path for each in (*outcome.done, *outcome.left)) == sorted(each.path for each in plan.changes)
