"""Importing: an access file of what is there, and a word about each role that is not in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import Phase, given, settings

from tests.support.vault.access import Ground, grant
from tests.support.vault.policy_imports import PROBES, Found, assert_faithful, by_hand
from tests.support.vault.server import VaultServer
from vault.policy.authoring.import_access import Imported, import_access
from vault.policy.authoring.vault_inventory import read_snapshot
from vault.policy.desired.resources import policy_path
from vault.policy.files.parse import parse_access


@pytest.fixture
def ground(vault_server: VaultServer) -> Iterator[Ground]:
    """A kubernetes auth method."""
    made = Ground(vault_server, kind="kubernetes")
    made.enable()
    yield made
    made.clear()


@settings(max_examples=20, phases=[Phase.generate])
@given(found=by_hand(), probes=PROBES)
def test_what_is_imported_keeps_every_right(vault_server: VaultServer, found: Found, probes: list[str]) -> None:
    """Whatever policies and roles there are."""
    assert_faithful(vault_server, Ground(vault_server, kind="kubernetes", number=901), found, probes)


def imported(ground: Ground) -> Imported:
    """Import the ground's auth method."""
    return import_access(read_snapshot(ground.server.client, (ground.auth,)), ground.owner)


USUAL = {
    "bound_service_account_names": ["app"],
    "bound_service_account_namespaces": ["shop"],
    "alias_name_source": "serviceaccount_name",
    "audience": "vault",
    "token_type": "batch",
    "token_ttl": "10m",
    "token_policies": ["x"],
}
LEFT_ALONE: list[tuple[dict[str, Any], str]] = [
    ({"bound_service_account_names": ["a", "b"]}, "it is not bound to exactly one ServiceAccount in one namespace"),
    ({"bound_service_account_namespaces": ["*"]}, "it is not bound to exactly one ServiceAccount in one namespace"),
    ({"token_ttl": "2h"}, "a batch token's ttl is 5m"),
    ({"token_type": "service", "token_period": 60}, "a grant cannot express token_period"),
    ({"token_type": "service", "token_num_uses": 3}, "a grant cannot express token_num_uses"),
    (
        {"bound_service_account_namespaces": [], "bound_service_account_namespace_selector": "matchLabels: {a: b}"},
        "its namespace selector is not JSON",
    ),
    ({"token_policies": ["nowhere"]}, "the grant allows nothing"),
]


@pytest.mark.parametrize(("fields", "reason"), LEFT_ALONE)
def test_what_no_grant_can_say_is_left_alone(ground: Ground, fields: dict[str, Any], reason: str) -> None:
    """The role is named with the reason, and is not in the file."""
    policy = f"{ground.auth}.x"
    ground.server.client.write(
        policy_path(policy), {"policy": f'path "{ground.mount}/data/a" {{ capabilities = ["read"] }}'}
    )
    role = {**USUAL, "token_policies": [policy], **fields}
    ground.server.client.write(f"auth/{ground.auth}/role/theirs", role)

    found = imported(ground)

    ((path, why),) = found.left_alone
    assert path == f"auth/{ground.auth}/role/theirs"
    assert reason in why
    assert f"# skipped: {path}: {why}\n" in found.text
    assert parse_access([("f.yaml", found.text)]).grants == ()


def test_what_is_ours_comes_back(ground: Ground) -> None:
    """Somebody has lost the files: the import of what they made needs no change."""
    raw = 'path "sys/x" {\n  capabilities = ["sudo"]\n}\n'
    grants = [
        grant(paths={"PATH/a": ["read", "watch"], "PATH/*": "list"}),
        grant("mail", token={"type": "service", "ttl": "2h"}, rawPolicy=raw),
        {
            "workload": {"namespaceLabels": {"team": "shop"}, "serviceAccount": "m"},
            "role": "m",
            "paths": {"PATH/m": "read"},
        },
    ]
    ground.apply(ground.access(grants))

    found = imported(ground)

    assert found.left_alone == ()
    plan = ground.plan(parse_access([("f.yaml", found.text)]))
    assert plan.is_empty, plan
