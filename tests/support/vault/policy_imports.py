"""The property that what is imported and adopted leaves everybody's rights as they were; for any server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.support.vault.access import Ground
from tests.support.vault.policy_exactness import PATHS, PATTERNS
from tests.support.vault.rights import rights
from tests.support.vault.server import VaultServer
from vault.policy.authoring.import_access import import_access
from vault.policy.authoring.vault_inventory import read_snapshot
from vault.policy.desired.hcl import PathRule, render_rules
from vault.policy.desired.resources import policy_path
from vault.policy.files.model import Grant, policy_name
from vault.policy.files.parse import parse_access

_CAPABILITIES = st.lists(
    st.sampled_from(["create", "read", "update", "patch", "delete", "list"]), min_size=1, max_size=3, unique=True
)
_RULE = st.builds(lambda path, words: "".join(render_rules([PathRule(path, tuple(words))])), PATTERNS, _CAPABILITIES)
# what a grant has no word for
_RAW = st.sampled_from(
    [
        'path "PATH/a" { capabilities = ["deny"] }\n',
        'path "PATH/b/*" { capabilities = ["read", "sudo"] }\n',
        'path "PATH/ab" {\n  capabilities = ["update"]\n  allowed_parameters = { "data" = [] }\n}\n',
        'path "PATH/{{identity.entity.name}}" { capabilities = ["read"] }\n',
        'path "sys/health" { capabilities = ["read"] }\n',
        'path "PATH/b" { policy = "read" }\n',
        '{"path": {"PATH/a/b": {"capabilities": ["read"]}}}\n',
        '{"path": {"PATH/a/b": {"capabilities": ["read"], "max_wrapping_ttl": "1h"}}}\n',
    ]
)
_POLICY = st.lists(_RULE, min_size=1, max_size=4).map("\n".join) | _RAW


@dataclass(frozen=True)
class Found:
    """What somebody has written by hand: policies by name, and a role for each account with some of them."""

    policies: dict[str, str]
    roles: dict[str, dict[str, Any]]


@st.composite
def by_hand(draw: st.DrawFn) -> Found:
    """Draw policies and roles; some roles are for anybody, which no grant can say."""
    names = [f"team-{number}" for number in range(draw(st.integers(1, 4)))]
    policies = {name: draw(_POLICY) for name in names}
    roles = {}
    for number in range(draw(st.integers(1, 3))):
        roles[f"role-{number}"] = {
            "bound_service_account_names": draw(st.sampled_from([["app"], ["app"], ["a", "b"], ["*"]])),
            "bound_service_account_namespaces": draw(st.sampled_from([["shop"], ["shop"], ["x", "y"]])),
            "audience": draw(st.sampled_from(["vault", ""])),
            "alias_name_source": "serviceaccount_uid",
            "token_policies": draw(st.lists(st.sampled_from(names), min_size=1, unique=True)),
            "token_type": draw(st.sampled_from(["batch", "service", "default"])),
            "token_ttl": draw(st.sampled_from(["10m", "1h", "2h", ""])),
            "token_max_ttl": draw(st.sampled_from(["", "24h"])),
            "token_period": draw(st.sampled_from([0, 0, 60])) if number else 0,
            "token_no_default_policy": draw(st.booleans()),
        }
        if roles[f"role-{number}"]["token_type"] == "batch":
            roles[f"role-{number}"]["token_period"] = 0
    return Found(policies, roles)


def _origin(found: Found, told: list[str], grant: Grant) -> str:
    """Give the role that a grant is from: its own, or the first of those for several accounts that has its account."""
    if grant.role in found.roles:
        return grant.role
    return next(
        name
        for name, role in sorted(found.roles.items())
        if name not in told
        and grant.workload.service_account in role["bound_service_account_names"]
        and grant.workload.namespace in role["bound_service_account_namespaces"]
        and len(role["bound_service_account_names"]) * len(role["bound_service_account_namespaces"]) > 1
    )


PROBES = st.lists(PATHS, min_size=3, max_size=8, unique=True)


def assert_faithful(server: VaultServer, ground: Ground, found: Found, probes: list[str]) -> None:
    """Write it by hand and import it: nothing changes; a plan has adoptions alone; then every right is as it was."""
    ground.clear()
    ground.enable()
    write = server.client.write
    named = {name: f"{ground.auth}.{name}" for name in found.policies}
    for name, text in found.policies.items():
        write(policy_path(named[name]), {"policy": ground.path(text)})
    for name, role in found.roles.items():
        write(
            f"auth/{ground.auth}/role/{name}",
            {**role, "token_policies": [named[each] for each in role["token_policies"]]},
        )
    before = {name: server.client.read(f"auth/{ground.auth}/role/{name}") for name in found.roles}

    imported = import_access(read_snapshot(server.client, (ground.auth,)), ground.owner)

    assert {name: server.client.read(f"auth/{ground.auth}/role/{name}") for name in found.roles} == before
    access = parse_access([("imported.yaml", imported.text)])
    told = [path.rpartition("/")[2] for path, _ in imported.left_alone]
    split = [path.rpartition("/")[2] for path, _ in imported.notes]
    assert sorted({*told, *(_origin(found, told, grant) for grant in access.grants)}) == sorted(found.roles)
    assert not {*told} & {*split}
    plan = ground.plan(access, adopt=True)
    assert {change.action for change in plan.changes} <= ({"adopt", "create"} if split else {"adopt"})
    assert not plan.orphans
    assert len(plan.changes) >= len(access.grants)
    assert ground.apply(access, adopt=True).failure is None
    assert ground.plan(access).is_empty
    paths = sorted(
        {ground.path(path) for path in [*probes, "PATH/a", "PATH/b", "PATH/ab", "PATH/a/b"]} | {"sys/health"}
    )
    for grant in access.grants:
        old = [named[each] for each in found.roles[_origin(found, told, grant)]["token_policies"]]
        with rights(server, old) as theirs, rights(server, [policy_name(grant)]) as ours:
            assert ours.capabilities(paths) == theirs.capabilities(paths)
