"""Tokens live as long as what they are for: what is refused, what is noted, and what is neither."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.vault.access import Ground
from vault.policy.errors import PlanRefused
from vault.policy.files.model import Access
from vault.policy.files.parse import parse_access
from vault.policy.sync.diff import plan_access
from vault.policy.sync.plan import AccessPlan
from vault.policy.sync.state import VaultState

HOUR = 3600
LEASED = "d/creds/app"
EMPTY = VaultState({}, {}, {}, {}, {}, {})
WATCHED = {"s/data/x": ["read", "watch"]}
STATIC = {"s/data/x": "read"}


def access(paths: dict[str, Any], **token: Any) -> Access:
    """Give a file with a grant."""
    document = {
        "accessVersion": 1,
        "mounts": {"s": {"type": "kv"}, "d": {"type": "database"}},
        "auth": {"k": {"type": "kubernetes"}},
        "grants": [{"workload": {"namespace": "n", "serviceAccount": "a"}, "paths": paths, "token": token}],
    }
    return parse_access([("f.json", json.dumps(document))])


def notes(plan: AccessPlan) -> list[str]:
    """Give what a plan says of tokens and leases."""
    return [note for note in plan.notes if "token" in note]


# what the grant gives beside a lease of two hours, its token, and what is said
LEASES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {"ttl": "2h"}, ""),
    ({}, {"ttl": "3h", "maxTtl": "4h"}, ""),
    ({}, {"ttl": "1h"}, "but ends with its token after 1h: raise token.ttl to 2h"),
    ({}, {"ttl": "1h", "maxTtl": "8h"}, "but ends with its token after 1h: raise token.ttl to 2h"),
    (WATCHED, {"ttl": "2h"}, ""),
    (WATCHED, {"ttl": "1h"}, "and ends with its token after 1h in a Pod without a sidecar, which would renew it"),
    (WATCHED, {"ttl": "1h", "maxTtl": "8h"}, "in a Pod without a sidecar, which would renew it"),
    (WATCHED, {"ttl": "30m", "maxTtl": "1h"}, "which a sidecar can renew until 1h: raise token.maxTtl to 2h"),
]


@pytest.mark.parametrize(("more", "token", "words"), LEASES)
def test_leases_and_their_token(more: dict[str, Any], token: dict[str, Any], words: str) -> None:
    """Without a sidecar it is refused if it is new; with one, or where the role is as it was, it is a note."""
    wanted = access({LEASED: "read", **more}, **token)
    live = replace(EMPTY, lease_seconds={LEASED: 2 * HOUR})

    if words and not more:
        with pytest.raises(PlanRefused) as caught:
            plan_access(wanted, live, "")
        assert words in str(caught.value)
        live = replace(live, roles={"auth/k/role/n.a": {"token_ttl": wanted.grants[0].token.ttl_seconds}})
    found = notes(plan_access(wanted, live, "", adopt=True))

    assert len(found) == bool(words)
    assert all(words in note for note in found)


KEPT: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    (STATIC, {}, []),
    (WATCHED, {}, []),  # a batch token: the sidecar logs in again
    (WATCHED, {"type": "batch", "ttl": "5m"}, []),
    (WATCHED, {"type": "service"}, []),
    (
        WATCHED,
        {"type": "service", "ttl": "1h", "maxTtl": "1h"},
        ["every 1h a sidecar logs in again; raise token.maxTtl"],
    ),
    ({LEASED: "read"}, {"ttl": "1h", "maxTtl": "1h"}, ["logs in again, and what is leased ends with the old token"]),
    ({LEASED: "read"}, {"ttl": "2m"}, ["ends after 2m unless it is renewed, and a Pod may take 5m to start"]),
    ({LEASED: "read"}, {"ttl": "2m", "maxTtl": "2m"}, ["every 2m", "ends after 2m"]),
    (STATIC, {"type": "service", "ttl": "2m", "maxTtl": "2m"}, []),
]


@pytest.mark.parametrize(("paths", "token", "words"), KEPT)
def test_tokens_that_a_sidecar_cannot_keep(paths: dict[str, Any], token: dict[str, Any], words: list[str]) -> None:
    """A note for each reason, with what to write instead."""
    found = notes(plan_access(access(paths, **token), EMPTY, ""))

    assert len(found) == len(words)
    for each, note in zip(words, found, strict=True):
        assert each in note


@given(
    ttl=st.integers(300, 10 * HOUR),
    longer=st.integers(0, 10 * HOUR),
    lease=st.integers(1, 20 * HOUR),
    watched=st.booleans(),
)
def test_what_is_not_said_lives_long_enough(ttl: int, longer: int, lease: int, watched: bool) -> None:
    """Where nothing is said, the lease ends neither with a token that nobody renews, nor with one that cannot be."""
    most = ttl + longer if longer else 0
    wanted = access({LEASED: "read", **(WATCHED if watched else {})}, ttl=ttl, maxTtl=most)
    live = replace(EMPTY, lease_seconds={LEASED: lease})

    try:
        is_silent = not notes(plan_access(wanted, live, ""))
    except PlanRefused:
        is_silent = False
        assert not watched

    assert is_silent == (lease <= ttl)
    if watched and not is_silent:
        (note,) = notes(plan_access(wanted, live, ""))
        assert ("raise token.maxTtl" in note) == bool(most and most < lease)


def test_the_lease_of_a_real_engine(ground: Ground) -> None:
    """The length of a lease is that of its mount: a real server's database mount has leases of 32 days."""
    client = ground.server.client
    mount = f"leases-{ground.number}"
    client.write(f"sys/mounts/{mount}", {"type": "database"})
    client.write(f"sys/mounts/{mount}/tune", {"default_lease_ttl": "3h"})
    try:
        mounts = {ground.mount: {"type": "kv"}, mount: {"type": "database"}}
        given: dict[str, Any] = {
            "workload": {"namespace": "n", "serviceAccount": "a"},
            "paths": {f"{mount}/creds/x": "read"},
        }
        with pytest.raises(PlanRefused, match=r"lasts 3h, but ends with its token after 1h: raise token\.ttl to 3h"):
            ground.plan(ground.access([given], mounts=mounts))
        given["paths"]["PATH/x"] = ["read", "watch"]
        plan = ground.plan(ground.access([given], mounts=mounts))
        assert any("in a Pod without a sidecar, which would renew it" in note for note in plan.notes)
    finally:
        client.delete(f"sys/mounts/{mount}")
