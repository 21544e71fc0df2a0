"""Plans and applies on a real server: what is ours is kept as files say, and nothing else is touched."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.support.vault.access import Ground, actions, grant
from tests.support.vault.policy_fixpoint import assert_fixpoint, files
from tests.support.vault.proxy import Proxy
from tests.support.vault.server import VaultServer
from vault.policy.desired.resources import policy_path, wanted_entries
from vault.policy.errors import PlanRefused
from vault.policy.sync.diff import plan_access
from vault.policy.sync.saved_plan import SavedPlan, parse_saved, render_saved
from vault.policy.sync.state import read_state


def test_what_was_applied_needs_nothing(ground: Ground) -> None:
    """From nothing: mounts, then policies, then roles; then the plan is empty, and a plan that is kept comes back."""
    access = ground.access(
        [grant(), grant("mail", token={"type": "service", "ttl": "2h", "boundCidrs": ["10.0.0.0/8"]})]
    )
    plan = ground.plan(access)

    saved = SavedPlan(plan, prune=True)
    assert parse_saved(render_saved(saved)) == saved
    outcome = ground.apply(access)

    kinds = [change.kind for change in outcome.done]
    assert sorted(kinds) == ["auth", "mount", "policy", "policy", "role", "role"]
    assert kinds.index("role") > max(index for index, kind in enumerate(kinds) if kind == "policy")
    assert outcome.failure is None
    assert ground.plan(access).is_empty


def test_a_second_apply_reads_once_and_writes_nothing(ground: Ground, proxy: Proxy) -> None:
    """Each policy and each role is read at most once, and nothing is sent but reads."""
    access = ground.access([grant(f"app-{number}") for number in range(20)])
    ground.apply(access)

    plan = plan_access(access, read_state(ground.client_of(proxy), access), "")

    assert plan.is_empty
    assert {each.method for each in proxy.exchanges} <= {"GET", "LIST"}
    assert Counter(proxy.paths).most_common(1)[0][1] == 1
    assert sum(path.startswith(f"auth/{ground.auth}/role/") for path in proxy.paths) == 20


def test_every_field_is_brought_back(ground: Ground) -> None:
    """Whatever somebody changes in a role or a policy by hand is a change, also where we leave a value empty."""
    access = ground.access([grant()])
    ground.apply(access)
    role, policy = f"auth/{ground.auth}/role/shop.checkout", policy_path(f"omamori.{ground.auth}.shop.checkout")
    as_it_is = wanted_entries(access)[-1].fields
    text = {"policy": wanted_entries(access)[-2].fields["policy"]}
    changes: list[tuple[str, str, dict[str, Any]]] = [
        ("role", role, {**as_it_is, "token_ttl": 601}),
        ("role", role, {**as_it_is, "token_bound_cidrs": ["10.0.0.0/8"]}),
        ("role", role, {**as_it_is, "token_no_default_policy": False}),
        ("role", role, {**as_it_is, "token_max_ttl": 7200}),
        ("role", role, {**as_it_is, "token_strictly_bind_ip": True}),
        ("policy", policy, {"policy": f"{text['policy']}\n"}),
        ("policy", policy, {**text, "ttl": "1h"}),
        ("policy", policy, {**text, "cas_required": True, "cas": 0}),
        ("policy", policy, {**text, "allow_slashes_in_identity_templates": True}),
    ]
    for kind, path, fields in changes:
        if "cas" in fields:
            fields["cas"] = (ground.server.client.read(path) or {})["version"]
        ground.server.client.write(path, fields)
        assert actions(ground.plan(access)) == [("update", kind)], fields
        assert ground.apply(access).failure is None
        assert ground.plan(access).is_empty, fields


def test_a_grant_that_is_gone_is_pruned(ground: Ground) -> None:
    """Its role and its policy are orphans, which only --prune deletes, the role first."""
    ground.apply(ground.access([grant(), grant("mail")]))
    access = ground.access([grant()])

    assert actions(ground.plan(access)) == [("delete", "role"), ("delete", "policy")]
    assert ground.apply(access).done == []
    outcome = ground.apply(access, prune=True)

    assert [change.kind for change in outcome.done] == ["role", "policy"]
    assert ground.plan(access).is_empty
    assert ground.server.client.list(f"auth/{ground.auth}/role") == ["shop.checkout"]


def test_orphans_of_an_auth_method_that_is_gone(ground: Ground) -> None:
    """The policy's mark says where its role is, also when no file names the auth method any more."""
    ground.apply(ground.access([grant()]))
    access = ground.access([], auth={})

    assert actions(ground.plan(access)) == [("delete", "role"), ("delete", "policy")]
    ground.apply(access, prune=True)

    assert ground.plan(access).is_empty
    assert ground.server.client.list(f"auth/{ground.auth}/role") == []


def test_what_others_own_stays(ground: Ground) -> None:
    """Policies and roles of another owner, and those without a mark, are no orphans."""
    ground.apply(ground.access([grant()], owner="somebody-else"))
    ground.server.client.write(policy_path(f"omamori.by-hand-{ground.number}"), {"policy": "# by hand\n"})
    access = ground.access([])

    assert ground.plan(access).is_empty


def test_a_policy_that_others_own_stays_without_its_role(ground: Ground) -> None:
    """As another owner's apply leaves it between the policy and the role, or where it is interrupted there."""
    ground.apply(ground.access([grant()], owner="somebody-else"))
    ground.server.client.delete(f"auth/{ground.auth}/role/shop.checkout")
    assert ground.server.client.read(policy_path(f"omamori.{ground.auth}.shop.checkout")) is not None

    assert ground.plan(ground.access([])).is_empty


def test_a_policy_that_others_use_stays(ground: Ground) -> None:
    """Where a role that is not ours uses a policy of ours, the policy is told of and not deleted."""
    ground.apply(ground.access([grant()]))
    other: dict[str, Any] = {"token_policies": [f"omamori.{ground.auth}.shop.checkout", "default"]}
    if ground.kind == "jwt":
        other |= {"role_type": "jwt", "user_claim": "sub", "bound_audiences": ["x"]}
    else:
        other |= {"bound_service_account_names": ["x"], "bound_service_account_namespaces": ["y"]}
    ground.server.client.write(f"auth/{ground.auth}/role/other", other)

    plan = ground.plan(ground.access([]))

    assert actions(plan) == [("delete", "role")]
    assert f"auth/{ground.auth}/role/other uses it: it is kept" in "\n".join(plan.notes)


def test_what_is_in_the_way_is_adopted_only_if_asked_for(ground: Ground) -> None:
    """A role of that name that is not ours is refused, with the line that wants it; --adopt takes it."""
    ground.enable()
    ground.apply(ground.access([grant()], owner="somebody-else"))
    access = ground.access([grant()])

    with pytest.raises(PlanRefused) as caught:
        ground.plan(access)
    path = policy_path(f"omamori.{ground.auth}.shop.checkout")
    assert caught.value.problems == (
        f"{access.grants[0].place}: {path} is that of the owner somebody-else: review it, then pass --adopt",
    )
    assert ("adopt", "policy") in actions(ground.plan(access, adopt=True))
    ground.apply(access, adopt=True)
    assert ground.plan(access).is_empty


def test_a_mount_of_another_type_is_refused(ground: Ground) -> None:
    """It is never touched: its secrets are somebody's."""
    ground.server.client.write(f"sys/mounts/{ground.mount}", {"type": "kv", "options": {"version": "1"}})
    ground.server.client.write(f"sys/auth/{ground.auth}", {"type": "approle"})

    with pytest.raises(PlanRefused) as caught:
        ground.plan(ground.access([]))
    problems = "\n".join(caught.value.problems)
    assert f"sys/mounts/{ground.mount} is KV version 1 and not 2; fix the file (version: 1)" in problems
    assert f"sys/auth/{ground.auth} is of type approle and not {ground.kind}" in problems


def test_a_lease_that_would_outlive_its_token_is_refused(ground: Ground) -> None:
    """The engine's role or its mount says how long a lease lives; a shorter token would end it."""
    mounts = {f"db-{ground.number}": {"type": "database"}}
    leased = grant(paths={})
    leased["paths"] = {f"db-{ground.number}/creds/shop": "read"}
    access = ground.access([leased], mounts=mounts)
    ground.apply(ground.access([], mounts=mounts))

    with pytest.raises(
        PlanRefused, match=r"a lease of db-\d+/creds/shop lasts 32d, but ends with its token after 1h: raise token.ttl"
    ):
        ground.plan(access)
    ground.server.client.write(f"sys/mounts/db-{ground.number}/tune", {"default_lease_ttl": "30m"})
    assert ("create", "role") in actions(ground.plan(access))


@pytest.mark.parametrize("kind", ["jwt", "kubernetes"])
@settings(max_examples=15, phases=[Phase.generate])
@given(data=st.data())
def test_apply_then_plan_is_empty(vault_server: VaultServer, kind: str, data: st.DataObject) -> None:
    """Whatever two files say, one applied after the other."""
    before, after = data.draw(files(kind)), data.draw(files(kind))
    assert_fixpoint(Ground(vault_server, kind=kind, number=902 + (kind == "jwt")), before, after)
