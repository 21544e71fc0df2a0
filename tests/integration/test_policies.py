"""Access files and a real Vault on DynamoDB: the properties that the fast tests ask of OpenBao."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.realparts import vault
from tests.support.cluster.place import requested_since
from tests.support.scale import keep, scaled
from tests.support.vault.access import Ground, grant
from tests.support.vault.policy_exactness import PATHS, assert_exact, grants
from tests.support.vault.policy_fixpoint import assert_fixpoint, files
from tests.support.vault.policy_imports import PROBES, Found, assert_faithful, by_hand
from tests.support.vault.server import VaultServer

pytestmark = pytest.mark.real

EXAMPLES = settings(max_examples=scaled(15, 400), phases=[Phase.generate])
GRANTS = scaled(100, 1000)


@EXAMPLES
@given(granted=grants(), paths=st.lists(PATHS, min_size=3, max_size=12, unique=True))
def test_a_policy_allows_what_was_granted(server: VaultServer, granted: dict[str, Any], paths: list[str]) -> None:
    """Neither a sibling nor a prefix nor another operation, by sys/capabilities and by real requests."""
    assert_exact(server, Ground(server, number=900), granted, paths)


@EXAMPLES
@given(found=by_hand(), probes=PROBES)
def test_what_is_imported_keeps_every_right(server: VaultServer, found: Found, probes: list[str]) -> None:
    """Whatever policies and roles there are."""
    assert_faithful(server, Ground(server, kind="kubernetes", number=901), found, probes)


@pytest.mark.parametrize("kind", ["jwt", "kubernetes"])
@EXAMPLES
@given(data=st.data())
def test_apply_then_plan_is_empty(server: VaultServer, kind: str, data: st.DataObject) -> None:
    """Whatever two files say, one applied after the other."""
    before, after = data.draw(files(kind)), data.draw(files(kind))
    assert_fixpoint(Ground(server, kind=kind, number=902 + (kind == "jwt")), before, after)


def test_many_grants(server: VaultServer, node: vault.VaultServer, show: Callable[[str], None]) -> None:
    """A first apply writes each once; a second run writes nothing and reads each once; times and requests."""
    ground = Ground(server, kind="kubernetes")
    ground.enable()
    access = ground.access([grant(f"app-{number}") for number in range(GRANTS)])
    figures: dict[str, Any] = {"grants": GRANTS}
    requests: dict[str, list[tuple[str, str]]] = {}
    for run in ("first", "second"):
        offset, started = node.audit_log.stat().st_size, time.perf_counter()
        assert ground.apply(access, lock=ground.lock()).failure is None
        figures[f"{run}_seconds"] = round(time.perf_counter() - started, 2)
        requests[run] = requested_since(node.audit_log, offset)
        figures[f"{run}_requests"] = len(requests[run])
    ground.clear()
    keep("apply", figures)
    show(str(figures))

    writes = [
        path for operation, path in requests["first"] if operation in {"create", "update"} and "/lock" not in path
    ]
    assert len(writes) == len(set(writes)) == 2 * GRANTS
    assert {operation for operation, _ in requests["second"]} == {"read", "list"}
    reads = [path for operation, path in requests["second"] if operation == "read"]
    assert len(reads) == len(set(reads))
    # each policy and role once, and a handful for lists and mounts
    assert 2 * GRANTS <= len(reads) < 2 * GRANTS + 20
