"""A plan in a file is a lock: what no plan has is refused, and what is applied is what files and Vault give anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.vault.access import grant
from vault.policy.desired.resources import wanted_entries
from vault.policy.errors import PlanRefused, PlanStale
from vault.policy.files.parse import parse_access
from vault.policy.sync.diff import plan_access
from vault.policy.sync.plan import AccessPlan, Change
from vault.policy.sync.saved_plan import FIELDS, PATHS, WRITE_ONLY, SavedPlan, parse_saved, render_saved, require_same
from vault.policy.sync.state import VaultState

EMPTY = VaultState({}, {}, {}, {}, {}, {})
PEM = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"
DOCUMENT: dict[str, Any] = {
    "accessVersion": 1,
    "owner": "shop",
    "mounts": {"secret": {"type": "kv"}, "a/b": {"type": "pki"}},
    "auth": {
        "kubernetes": {
            "type": "kubernetes",
            "config": {"host": "https://api:6443", "caCertificate": PEM, "reviewer": {"tokenFrom": "api"}},
        },
        "jwt": {"type": "jwt", "config": {"jwksUrl": "https://keys"}},
    },
    "grants": [
        {**grant(), "auth": "kubernetes", "paths": {"secret/data/x": "read"}},
        {**grant("mail"), "auth": "jwt", "paths": {"secret/data/x": "read"}},
        {
            "workload": {"namespaceLabels": {"a": "b"}, "serviceAccount": "m"},
            "auth": "kubernetes",
            "role": "labelled",
            "rawPolicy": "# more\n",
        },
    ],
}


def made(folder: str = "") -> AccessPlan:
    """Plan the whole of a file, which is in a folder, for a Vault that has nothing."""
    access = parse_access([(f"{folder}access.yaml", json.dumps(DOCUMENT))])
    plan = plan_access(access, EMPTY, "https://vault:8200")
    (policy,) = (change for change in plan.changes if change.path.endswith("kubernetes.shop.checkout"))
    role = {"token_policies": ["omamori.kubernetes.shop.checkout"]}
    gone = (
        Change("delete", "role", "auth/kubernetes/role/shop.checkout", role, None),
        Change("delete", "policy", policy.path, policy.new, None),
    )
    return AccessPlan(plan.address, plan.owners, plan.changes, gone, plan.notes, plan.locks, plan.kept)


def test_what_a_plan_has_is_known() -> None:
    """The tables of paths and fields have all that files can ask for: no plan of ours is refused."""
    access = parse_access([("access.yaml", json.dumps(DOCUMENT))])
    entries = wanted_entries(access)

    assert {entry.kind for entry in entries} == set(FIELDS) == set(PATHS)
    for entry in entries:
        assert PATHS[entry.kind].fullmatch(entry.path)
        assert set(entry.fields) <= FIELDS[entry.kind]
        assert {name for name, _ in entry.write_only} <= WRITE_ONLY.get(entry.kind, frozenset())
    for prune in (False, True):
        saved = SavedPlan(made(), prune=prune, adopt=not prune)
        assert parse_saved(render_saved(saved)) == saved


def test_the_same_is_applied_wherever_the_files_are() -> None:
    """Places are for people; anything else that differs is refused, by the path that differs."""
    saved = parse_saved(render_saved(SavedPlan(made())))

    require_same(saved, made("another/folder/"))
    other = made()
    less = AccessPlan(other.address, other.owners, other.changes[1:], other.orphans, (), other.locks)
    with pytest.raises(PlanStale, match=rf"Vault, the access files .*{other.changes[0].path}; nothing was written"):
        require_same(saved, less)
    with pytest.raises(PlanStale):
        require_same(saved, AccessPlan(other.address, ("else",), other.changes, other.orphans))


Forgery = Callable[[dict[str, Any]], None]


def _first(kind: str, /, **fields: Any) -> Forgery:
    def forge(document: dict[str, Any]) -> None:
        next(each for each in document["changes"] if each["kind"] == kind).update(fields)

    return forge


def _new(kind: str, /, **fields: Any) -> Forgery:
    def forge(document: dict[str, Any]) -> None:
        next(each for each in document["changes"] if each["kind"] == kind)["new"].update(fields)

    return forge


def _leftover(number: int, **fields: Any) -> Forgery:
    def forge(document: dict[str, Any]) -> None:
        document["orphans"][number].update(fields)

    return forge


ALL = 'path "*" { capabilities = ["sudo"] }'
FORGERIES: dict[str, Forgery] = {
    "a policy of another name": _first("policy", path="sys/policies/acl/zz"),
    "a policy for everything": _new("policy", policy=ALL),
    "a marked policy of another role": _new("policy", policy=f"# omamori: owner shop, role auth/x/role/y\n{ALL}"),
    "a user": _first("role", path="auth/userpass/users/mallory"),
    "a password": _new("role", password="x"),
    "a role in another place": _first("role", path="auth/../sys/role/x"),
    "a secret": _first("config", path="cubbyhole/exfil"),
    "a root configuration": _first("config", path="sys/config/auditing"),
    "a file of the machine": _first("policy", write_only=[["policy", "x"]]),
    "a field that is another's": _first("config", write_only=[["kubernetes_host", "x"]]),
    "an old reference": _first("config", write_only=[["got", {"source": "file", "name": "/etc/hostname"}]]),
    "an engine's tuning": _first("mount", path="sys/mounts/secret/tune#"),
    "an unknown field of a mount": _new("mount", external_entropy_access=True),
    "an unknown kind": _first("role", kind="token"),
    "an unknown action": _first("role", action="write"),
    "a deletion among the changes": _first("role", action="delete", new=None),
    "no new value": _first("role", new=None),
    "a deleted engine": _leftover(0, kind="mount", path="sys/mounts/secret"),
    "a deleted config": _leftover(0, kind="config", path="auth/kubernetes/config"),
    "a deleted policy of others": _leftover(1, path="sys/policies/acl/default"),
    "a deleted policy that is not marked": _leftover(1, old={"policy": ALL}),
    "a deleted copy": _leftover(1, path="sys/policies/acl/omamori.oncall"),
    "a leftover that writes": _leftover(0, action="update", new={"token_policies": ["root"]}),
    "a leftover with a token": _leftover(0, write_only=[["token_reviewer_jwt", "x"]]),
    "no kind": _first("role", kind=["role"]),
    "one more key": lambda document: document.update({"exec": "x"}),
    "a key less": lambda document: document.pop("owners"),
    "another version": lambda document: document.update({"omamoriPlan": 1}),
    "a flag that is none": lambda document: document.update({"prune": "yes"}),
    "an address that is none": lambda document: document.update({"address": {"x": 1}}),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_what_no_plan_has_is_refused(name: str) -> None:
    """By kind, path and field, before anything is asked or written; the refusal says which change it is."""
    document = json.loads(render_saved(SavedPlan(made(), prune=True)))
    FORGERIES[name](document)

    with pytest.raises(PlanRefused, match=r"plan again|is not one that `omamori policy plan --out` wrote"):
        parse_saved(json.dumps(document))


def test_a_number_without_an_end_is_refused() -> None:
    """JSON's 1e400 is infinity to Python, and no count."""
    text = render_saved(SavedPlan(made()))

    with pytest.raises(PlanRefused):
        parse_saved(text.replace('"kept": {\n  "shop": 0', '"kept": {\n  "shop": 1e400'))


@given(st.text() | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps))
def test_any_text_is_refused_or_a_plan(text: str) -> None:
    """Nothing else comes out of the parser."""
    with pytest.raises(PlanRefused):
        parse_saved(text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@given(st.data())
def test_any_change_of_the_file_is_refused(data: st.DataObject) -> None:
    """Whatever one value of the file becomes: the file is refused, or what is done is not the same, or still is."""
    document = json.loads(render_saved(SavedPlan(made(), prune=True)))
    where = data.draw(st.sampled_from(["changes", "orphans"]))
    change = data.draw(st.sampled_from(document[where]))
    key = data.draw(st.sampled_from(sorted(change)))
    change[key] = data.draw(_JSON)
    try:
        saved = parse_saved(json.dumps(document))
    except PlanRefused:
        return
    if key == "place" or saved.plan == made():
        require_same(saved, made())
    else:
        with pytest.raises(PlanStale):
            require_same(saved, made())
