"""Several owners in one call: each has what its own call would give it, and nothing of another is touched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.vault.access import Ground
from tests.support.vault.server import VaultServer
from vault.policy.commands.drift import render_metrics
from vault.policy.desired.mark import parse_mark
from vault.policy.desired.resources import wanted_entries
from vault.policy.errors import AccessInvalid, LockHeld, PlanRefused
from vault.policy.files.model import Access
from vault.policy.files.parse import parse_access
from vault.policy.sync.apply import apply_plan
from vault.policy.sync.apply_lock import Lock, Locks
from vault.policy.sync.diff import plan_access
from vault.policy.sync.plan import AccessPlan, Change
from vault.policy.sync.state import VaultState

OWNERS = ("ann", "bob", "cleo")
HEAD = {"accessVersion": 1, "mounts": {"s": {"type": "kv"}}, "auth": {"k": {"type": "kubernetes"}}}
Grants = dict[str, dict[str, str]]
# by owner, the operation of each of its accounts
GRANTS = st.dictionaries(
    st.sampled_from(OWNERS), st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["read", "list"]))
)
EACH_ROLE = st.dictionaries(
    st.sampled_from("abcdef"), st.tuples(st.sampled_from(OWNERS), st.sampled_from(["read", "list"]))
)


def document(owner: str, grants: Mapping[str, str], **more: Any) -> dict[str, Any]:
    """Give an access file of an owner, in which accounts may do something."""
    listed = [
        {"workload": {"namespace": "n", "serviceAccount": name}, "paths": {f"s/data/{name}": word}}
        for name, word in sorted(grants.items())
    ]
    return {**HEAD, "owner": owner, "grants": listed, **more}


def access_of(*documents: Mapping[str, Any]) -> Access:
    """Parse files a.json, b.json, ..."""
    return parse_access([(f"{name}.json", json.dumps(each)) for name, each in zip("abcdefgh", documents, strict=False)])


def by_owner(roles: Mapping[str, tuple[str, str]]) -> Grants:
    """Give the grants of each owner."""
    return {owner: {name: word for name, (whose, word) in roles.items() if whose == owner} for owner in OWNERS}


def state_of(grants: Grants) -> VaultState:
    """Give a Vault in which everything of these grants is applied."""
    entries = [entry for each in grants.items() for entry in wanted_entries(access_of(document(*each)))]
    found = {kind: {entry.path: entry.fields for entry in entries if entry.kind == kind} for kind in ("policy", "role")}
    kv = {"s": {"type": "kv", "options": {"version": "2"}}}
    configs = {"auth/k/config": {"disable_local_ca_jwt": False}}
    return VaultState(kv, {"k": {"type": "kubernetes"}}, configs, found["policy"], found["role"], {})


def changes_of(plan: AccessPlan, owner: str) -> set[tuple[str, str]]:
    """Give what a plan does for an owner."""
    return {(each.action, each.path) for each in (*plan.changes, *plan.orphans) if each.owner == owner}


def owner_in(live: VaultState, change: Change) -> str | None:
    """Give whose the present entry is, by the mark of its policy. None: there is none."""
    name = (change.old or {}).get("token_policies", [change.path.rpartition("/")[2]])[0]
    text = live.policies.get(f"sys/policies/acl/{name}", {}).get("policy", "")
    mark = parse_mark(text)
    return None if mark is None or change.old is None else mark.owner


@given(before=EACH_ROLE, after=EACH_ROLE, called=st.lists(st.sampled_from(OWNERS), min_size=1, unique=True))
def test_ownership_is_never_crossed(
    before: dict[str, tuple[str, str]], after: dict[str, tuple[str, str]], called: list[str]
) -> None:
    """Without --adopt each change is to what its owner has, or to nothing; another's in the way is refused by name."""
    live = state_of(by_owner(before))
    wanted = {owner: grants for owner, grants in by_owner(after).items() if owner in called}
    access = access_of(*(document(owner, wanted[owner]) for owner in called))
    crossing = {
        name for name, (owner, _) in after.items() if owner in called and before.get(name, (owner,))[0] != owner
    }

    if crossing:
        with pytest.raises(PlanRefused) as caught:
            plan_access(access, live, "")
        for name in crossing:
            assert any(f"n.{name} is that of the owner {before[name][0]}" in each for each in caught.value.problems)
        return
    plan = plan_access(access, live, "")

    for change in (*plan.changes, *plan.orphans):
        assert change.owner in called
        assert owner_in(live, change) in {None, change.owner}
    kept = {name for owner in called for name in wanted[owner]}
    assert {each.path for each in plan.orphans if each.kind == "role"} == {
        f"auth/k/role/n.{name}" for name, (owner, _) in before.items() if owner in called and name not in kept
    }


@given(before=GRANTS, after=GRANTS)
def test_a_call_of_several_owners_is_their_calls(before: Grants, after: Grants) -> None:
    """The plan of all files has for each owner the changes, the orphans and the rest that its own plan has."""

    def apart(grants: Grants) -> Grants:
        return {owner: {f"{owner}-{name}": word for name, word in each.items()} for owner, each in grants.items()}

    live = state_of(apart(before))
    documents = {owner: document(owner, grants) for owner, grants in apart(after).items()}
    together = plan_access(access_of(*documents.values()), live, "") if documents else None

    for owner, each in documents.items():
        alone = plan_access(access_of(each), live, "")
        assert together is not None
        assert changes_of(together, owner) == changes_of(alone, owner)
        assert together.kept[owner] == alone.kept[owner]
        assert together.owners == tuple(sorted(documents))
        kinds = [each.kind for each in together.orphans]
        assert kinds == sorted(kinds, reverse=True)  # roles before policies


def test_several_owners_apply_and_prune(vault_server: VaultServer) -> None:
    """On a real server: each has its own; pruning one leaves the other's; the metrics tell them apart."""
    ground = Ground(vault_server, kind="kubernetes")
    client = ground.server.client

    def files(**grants: list[str]) -> Access:
        mounts = {"mounts": {ground.mount: {"type": "kv"}}, "auth": {ground.auth: {"type": "kubernetes"}}}
        return access_of(
            *(
                {
                    **document(f"{owner}-{ground.number}", {}),
                    **mounts,
                    "grants": [
                        {
                            "workload": {"namespace": "n", "serviceAccount": name},
                            "paths": {f"{ground.mount}/data/x": "read"},
                        }
                        for name in names
                    ],
                }
                for owner, names in grants.items()
            )
        )

    try:
        assert ground.apply(files(ann=["a", "b"], bob=["c", "d"])).failure is None
        assert ground.plan(files(ann=["a", "b"], bob=["c", "d"])).is_empty
        both = ground.plan(files(ann=["a"], bob=["c", "d"]))
        metrics = render_metrics(both)
        assert f'changes{{owner="ann-{ground.number}",action="delete"}} 2\n' in metrics
        assert f'changes{{owner="bob-{ground.number}",action="delete"}} 0\n' in metrics

        ground.apply(files(ann=["a"]), prune=True)

        assert set(client.list(f"auth/{ground.auth}/role")) == {"n.a", "n.c", "n.d"}
        assert ground.plan(files(bob=["c", "d"])).is_empty
        with pytest.raises(PlanRefused, match=f"n.c is that of the owner bob-{ground.number}: review it"):
            ground.plan(files(ann=["a", "c"]))
        assert ground.apply(files(ann=["a", "c"], bob=["d"]), adopt=True, prune=True).failure is None
        assert set(client.list(f"auth/{ground.auth}/role")) == {"n.a", "n.c", "n.d"}
        assert ground.plan(files(ann=["a", "c"], bob=["d"])).is_empty
    finally:
        ground.clear()


def test_the_same_role_of_two_owners() -> None:
    """A mistake with both places."""
    with pytest.raises(AccessInvalid) as caught:
        access_of(document("ann", {"a": "read"}), document("bob", {"a": "read"}))

    ((place, what),) = [(each.place, each.what) for each in caught.value.mistakes]
    assert place.file == "b.json"
    assert what.startswith("the role auth/k/role/n.a is that of the owner ann too, in a.json:1:")


def test_files_without_an_owner() -> None:
    """Beside one owner they are its own; beside several they may have what is shared, and no grants."""
    nobodys = {key: value for key, value in document("", {"a": "read"}).items() if key != "owner"}
    shared = {**HEAD, "lock": "s/data/lock"}

    assert access_of(nobodys).owners == ("omamori",)
    assert {each.owner for each in access_of(nobodys, document("ann", {"b": "read"})).grants} == {"ann"}
    both = access_of(shared, document("ann", {}), document("bob", {"b": "read"}))
    assert (both.owners, both.locks) == (("ann", "bob"), {"ann": "s/data/lock", "bob": "s/data/lock"})
    assert both.mounts["s"].owners == ("ann", "bob")
    with pytest.raises(AccessInvalid, match=r"whose are these grants\? write owner: NAME; .* are ann, bob"):
        access_of(nobodys, document("ann", {}), document("bob", {"b": "read"}))


def test_a_config_is_that_of_those_who_declare_it() -> None:
    """An owner whose files do not declare an auth method does not make its config ours."""
    config = {"host": "https://api", "reviewer": "vault"}
    ann = document("ann", {}, auth={"k": {"type": "kubernetes", "config": config}})
    bob = {key: value for key, value in document("bob", {"b": "read"}).items() if key != "auth"}
    live = replace(
        state_of({}),
        auths={"k": {"type": "kubernetes", "description": "omamori: owner bob"}},
        configs={"auth/k/config": {"kubernetes_host": "https://other"}},
    )

    with pytest.raises(PlanRefused, match="auth/k/config exists and omamori does not manage it"):
        plan_access(access_of(ann, bob), live, "")
    declaring = {**document("bob", {"b": "read"}), "auth": ann["auth"]}
    assert [each.kind for each in plan_access(access_of(ann, declaring), live, "").changes] == [
        "config",
        "policy",
        "role",
    ]


def test_the_locks_of_all_owners_are_held(vault_server: VaultServer) -> None:
    """Each owner's, in the order of the paths; where one is held by others, nothing is written, and no lock is left."""
    ground = Ground(vault_server)
    try:
        ground.enable()
        mounts = {ground.mount: {"type": "kv"}}
        auth = {ground.auth: {"type": ground.kind}}
        grants = [{"workload": {"namespace": "n", "serviceAccount": "a"}, "rawPolicy": "# nothing\n"}]
        files = [
            {"accessVersion": 1, "owner": owner, "lock": f"{ground.mount}/data/{path}", "mounts": mounts, "auth": auth}
            for owner, path in (("ann", "z"), ("bob", "a"), ("cleo", "z"))
        ]
        plan = ground.plan(access_of({**files[0], "grants": grants}, *files[1:]))
        assert plan.locks == (f"{ground.mount}/data/a", f"{ground.mount}/data/z")

        def locks() -> Locks:
            return Locks(Lock(ground.server.client, path, 30, "several") for path in plan.locks)

        with (
            Lock(ground.server.client, plan.locks[1], 30, "cleo@laptop").held(0),
            pytest.raises(LockHeld, match=r"cleo@laptop holds the lock"),
        ):
            apply_plan(ground.server.client, plan, prune=False, lock=locks())
        assert ground.server.client.list(f"auth/{ground.auth}/role") == []
        assert apply_plan(ground.server.client, plan, prune=False, lock=locks()).failure is None
        with locks().held(0):
            pass
    finally:
        ground.clear()
