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
    (
        {"bound_service_account_names": ["*"]},
        "it is for any ServiceAccount *, which no grant can say; a grant with work",
    ),
    ({"bound_service_account_names": ["a", "b-*"]}, "it is for any ServiceAccount b-*, which no grant can say"),
    (
        {"bound_service_account_namespaces": ["*"]},
        "it is for any namespace *, which no grant can say; a grant with name",
    ),
    (
        {
            "bound_service_account_names": ["a", "b"],
            "bound_service_account_namespace_selector": '{"matchLabels":{"a":"b"}}',
        },
        "with a namespace selector a grant is for one ServiceAccount, and for no other namespace",
    ),
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


def _shared(ground: Ground, name: str, accounts: list[str], namespaces: list[str], path: str = "a") -> None:
    """Write a role of several ServiceAccounts."""
    policy = f"{ground.auth}.{name}"
    text = f'path "{ground.mount}/data/{path}" {{ capabilities = ["read"] }}'
    ground.server.client.write(policy_path(policy), {"policy": text})
    bound = {"bound_service_account_names": accounts, "bound_service_account_namespaces": namespaces}
    ground.server.client.write(f"auth/{ground.auth}/role/{name}", {**USUAL, **bound, "token_policies": [policy]})


def test_a_role_of_several_accounts_becomes_a_grant_of_several(ground: Ground) -> None:
    """One grant, a role for each, and a note; the role itself is left as it is."""
    _shared(ground, "team", ["a", "b"], ["x", "y"])
    _shared(ground, "x.m", ["m", "n"], ["x"])
    role = ground.server.client.read(f"auth/{ground.auth}/role/team")

    found = imported(ground)

    assert found.left_alone == ()
    team, one_of_them = found.notes
    assert team[0] == f"auth/{ground.auth}/role/team"
    assert team[1].startswith(
        "it is for 4 ServiceAccounts, and becomes a role for each: x.a, x.b, y.a, y.b; Pods that "
    )
    assert team[1].endswith("name the role team have to name theirs; team stays as it is until you delete it")
    assert one_of_them[0] == f"auth/{ground.auth}/role/x.m"
    assert one_of_them[1].endswith(
        "becomes a role for each: x.m, x.n; Pods that name the role x.m have to name theirs; "
        "x.m is that of one alone then"
    )
    for path, what in found.notes:
        assert f"# note: {path}: {what}\n" in found.text
    assert found.text.startswith("# Imported from Vault: 2 roles are in this file, 0 were skipped.\n")
    access = parse_access([("f.yaml", found.text)])
    assert [str(each.workload) for each in access.grants] == ["x/a", "x/b", "y/a", "y/b", "x/m", "x/n"]
    assert ground.apply(access, adopt=True).failure is None
    assert ground.plan(access).is_empty
    assert ground.server.client.read(f"auth/{ground.auth}/role/team") == role


def test_roles_that_are_there_already_are_not_made_again(ground: Ground) -> None:
    """An account with a role of its own, or of an earlier split, keeps it; the note says so."""
    _shared(ground, "first", ["a", "b"], ["x"], "first")
    _shared(ground, "second", ["b", "c", "d"], ["x"], "second")
    _shared(ground, "third", ["a", "b"], ["x"], "third")
    _shared(ground, "x.c", ["c"], ["x"], "own")

    found = imported(ground)

    access = parse_access([("f.yaml", found.text)])
    assert {each.role: each.paths[0].path.rpartition("/")[2] for each in access.grants} == {
        "x.a": "first",
        "x.b": "first",
        "x.c": "own",
        "x.d": "second",
    }
    assert found.notes[1][1].endswith("; not in this file, since these roles are there already: x.b, x.c")
    assert dict(found.left_alone) == {
        f"auth/{ground.auth}/role/third": "it is for several ServiceAccounts, whose roles are there already: x.a, x.b",
    }
