"""What is ours is what a mark names: copies of our policies and roles made by hand are told of, and left alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.vault.access import Ground, actions, grant
from vault.policy.desired.resources import policy_path


def _role(ground: Ground, name: str, *policies: str, **more: Any) -> None:
    """Write a role by hand."""
    bound = (
        {"role_type": "jwt", "user_claim": "sub", "bound_subject": "system:serviceaccount:ops:debug"}
        if ground.kind == "jwt"
        else {"bound_service_account_names": ["debug"], "bound_service_account_namespaces": ["ops"]}
    )
    audience = {"bound_audiences": ["vault"]} if ground.kind == "jwt" else {"audience": "vault"}
    ground.server.client.write(
        f"auth/{ground.auth}/role/{name}", {**bound, **audience, "token_policies": list(policies), **more}
    )


def _roles(ground: Ground) -> set[str]:
    return set(ground.server.client.list(f"auth/{ground.auth}/role"))


@pytest.mark.parametrize("still_granted", [True, False])
def test_a_role_made_by_hand_stays(ground: Ground, still_granted: bool) -> None:
    """It uses our policy, but the mark of the policy names another role; a policy that it uses stays, too."""
    ground.apply(ground.access([grant()]))
    policy = f"omamori.{ground.auth}.shop.checkout"
    _role(ground, "debug-by-hand", policy)
    access = ground.access([grant()] if still_granted else [])

    plan = ground.plan(access)
    outcome = ground.apply(access, prune=True)

    assert outcome.failure is None
    assert actions(plan) == ([] if still_granted else [("delete", "role")])
    assert any("debug-by-hand uses managed policies" in note for note in plan.notes)
    assert _roles(ground) == ({"shop.checkout", "debug-by-hand"} if still_granted else {"debug-by-hand"})
    assert ground.server.client.read(policy_path(policy)) is not None


def test_a_copy_of_a_policy_stays(ground: Ground) -> None:
    """A policy with our first line and another name is not what the mark's role has."""
    ground.apply(ground.access([grant()]))
    client = ground.server.client
    text = (client.read(policy_path(f"omamori.{ground.auth}.shop.checkout")) or {})["policy"]
    copies = [f"omamori.{ground.auth}.oncall", f"omamori.oncall.{ground.auth}", f"omamori.{ground.auth}"]
    for name in copies:
        client.write(policy_path(name), {"policy": text})
    _role(ground, "oncall", copies[0])

    plan = ground.plan(ground.access([]))
    ground.apply(ground.access([]), prune=True)

    assert sorted(actions(plan)) == [("delete", "policy"), ("delete", "role")]
    assert {*copies} <= set(client.list("sys/policies/acl"))
    assert _roles(ground) == {"oncall"}
    for name in copies:
        assert any(f"{policy_path(name)} is a copy of a managed policy" in note for note in plan.notes)
        client.delete(policy_path(name))


def test_a_role_of_two_grants_is_that_of_its_mark(ground: Ground) -> None:
    """A role of ours to which somebody has added another policy of ours is brought back; it is not a leftover's."""
    access = ground.access([grant(), grant("mail")])
    ground.apply(access)
    both = [f"omamori.{ground.auth}.shop.checkout", f"omamori.{ground.auth}.shop.mail"]
    _role(ground, "shop.mail", *both)

    assert actions(ground.plan(access)) == [("update", "role")]
    assert ground.apply(access).failure is None
    _role(ground, "shop.mail", *both, "default")
    assert ("delete", "role") not in actions(ground.plan(ground.access([grant()])))


@pytest.mark.parametrize("extra", ["somebody-elses", "omamori.other.owner"])
def test_a_role_with_a_policy_of_others_is_no_leftover(ground: Ground, extra: str) -> None:
    """Its deletion would take more than our rights away."""
    ground.apply(ground.access([grant()]))
    _role(ground, "shop.checkout", f"omamori.{ground.auth}.shop.checkout", extra)

    plan = ground.plan(ground.access([]))

    assert actions(plan) == []
    assert any("it is kept" in note or "stays" in note for note in plan.notes)


def test_how_much_stays_is_counted(ground: Ground) -> None:
    """What a plan leaves of ours: by it a plan that deletes all is known."""
    ground.apply(ground.access([grant(), grant("mail")]))

    assert ground.plan(ground.access([grant(), grant("mail")])).kept == {ground.owner: 4}
    assert ground.plan(ground.access([grant()])).kept == {ground.owner: 2}
    assert ground.plan(ground.access([])).kept == {ground.owner: 0}


@pytest.mark.parametrize(
    "role", ["auth/../sys/role/b", "auth/./role/x", "auth/q/role/?x=1#", "auth/a b/role/c", "auth//role/x"]
)
def test_a_mark_that_names_no_role_is_none(ground: Ground, role: str) -> None:
    """A policy whose first line is like ours, with what is no path of a role, stops nothing and stays."""
    ground.apply(ground.access([grant()]))
    path = policy_path("omamori.a.b")
    ground.server.client.write(path, {"policy": f"# omamori: owner {ground.owner}, role {role}\n"})

    assert actions(ground.plan(ground.access([grant()]))) == []
    ground.apply(ground.access([]), prune=True)

    assert ground.server.client.read(path) is not None
    ground.server.client.delete(path)


def test_roles_of_other_auth_methods_stay(ground: Ground) -> None:
    """Whoever may write policies cannot have a role of AppRole's deleted by writing a mark that names it."""
    client = ground.server.client
    client.write("sys/auth/approle", {"type": "approle"})
    client.write("auth/approle/role/ci", {"token_policies": ["omamori.approle.ci"]})
    client.write(
        policy_path("omamori.approle.ci"), {"policy": f"# omamori: owner {ground.owner}, role auth/approle/role/ci\n"}
    )

    ground.apply(ground.access([]), prune=True)

    assert client.read("auth/approle/role/ci") is not None
    client.delete("sys/auth/approle")
