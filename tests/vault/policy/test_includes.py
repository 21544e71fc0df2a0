"""Included files: the same as writing their mounts and auth methods in place, and nothing of the machine but they."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.vault.access import Ground, grant
from vault.policy.commands.access_files import read_access
from vault.policy.desired.resources import Resource, wanted_entries
from vault.policy.errors import AccessInvalid, PlanStale
from vault.policy.files.includes import find_includes
from vault.policy.files.model import Access
from vault.policy.files.parse import parse_access
from vault.policy.sync.saved_plan import SavedPlan, parse_saved, render_saved, require_same

HEAD = "accessVersion: 1\n"
COMMON = f"{HEAD}mounts: {{secret: {{type: kv}}}}\nauth: {{kubernetes: {{type: kubernetes}}}}\n"
GRANT = "grants:\n- workload: {namespace: shop, serviceAccount: checkout}\n  paths: {secret/data/shop/db: read}\n"
SHOP = f"{HEAD}owner: shop\ninclude: [../common.yaml]\n{GRANT}"

MOUNTS: dict[str, Any] = {
    "secret": {"type": "kv"},
    "old": {"type": "kv", "version": 1},
    "database": {"type": "database"},
    "acme": {"type": "acme", "leases": False},
}
AUTHS: dict[str, Any] = {
    "kubernetes": {"type": "kubernetes"},
    "jwt": {"type": "jwt", "config": {"jwksUrl": "https://keys"}},
}
WHERE = st.sampled_from(["here", "first", "second", "both", "everywhere"])


def mistakes_of(*files: tuple[str, str], **included: str) -> list[str]:
    """Give the mistakes of files, which include those of `included`, whose names end with .yaml."""
    with pytest.raises(AccessInvalid) as caught:
        parse_access(files, {f"{name}.yaml": text for name, text in included.items()})
    return [str(each) for each in caught.value.mistakes]


def placeless(access: Access) -> tuple[Resource, ...]:
    """Give what is wanted, without the places."""
    return tuple(replace(entry, place="") for entry in wanted_entries(access))


@given(st.fixed_dictionaries(dict.fromkeys((*MOUNTS, *AUTHS), WHERE)))
def test_an_include_is_as_written_in_place(where: dict[str, str]) -> None:
    """Wherever a mount or auth method is declared: in the file, in one that it includes, or in several of them."""
    places = {"here": {"here"}, "first": {"first"}, "second": {"second"}, "both": {"first", "second"}}

    def document(name: str) -> dict[str, Any]:
        there = [each for each, place in where.items() if name in places.get(place, {"here", "first", "second"})]
        return {
            "accessVersion": 1,
            "mounts": {path: MOUNTS[path] for path in there if path in MOUNTS},
            "auth": {path: AUTHS[path] for path in there if path in AUTHS},
        }

    of_shop = {
        "owner": "shop",
        "grants": [{**grant(), "auth": "jwt", "paths": {"secret/data/x": "read", "database/creds/x": "read"}}],
    }
    together = {**document("here"), **of_shop, "include": ["../first.yaml", "second.json"]}
    in_place = {"accessVersion": 1, "mounts": MOUNTS, "auth": AUTHS, **of_shop}
    included = {"first.yaml": json.dumps(document("first")), "teams/second.json": json.dumps(document("second"))}

    found = parse_access([("teams/shop.yaml", json.dumps(together))], included)

    assert placeless(found) == placeless(parse_access([("shop.yaml", json.dumps(in_place))]))


def test_where_a_mount_comes_from_is_said() -> None:
    """The place of a mount is in the included file."""
    access = parse_access([("teams/shop.yaml", SHOP)], {"common.yaml": COMMON})

    assert str(access.mounts["secret"].place) == "common.yaml:2:10"
    assert str(access.auths["kubernetes"].place) == "common.yaml:3:8"
    assert [each.name for each in find_includes("teams/shop.yaml", SHOP)] == ["common.yaml"]
    assert find_includes("a.yaml", GRANT) == ()


@pytest.mark.parametrize("key", ["owner: shop", "lock: secret/data/lock", "include: [other.yaml]", GRANT])
def test_an_included_file_has_mounts_and_auth_alone(key: str) -> None:
    """Anything else is a mistake with both lines; so a file cannot include itself, and there is no cycle."""
    name = key.partition(":")[0]

    (mistake, *_) = mistakes_of(("teams/shop.yaml", SHOP), common=f"{COMMON}{key}")

    assert mistake == (
        f"common.yaml:4:1: {name} cannot be in a file that is included, as teams/shop.yaml:3:11 does: it has "
        "mounts and auth alone"
    )


def test_mistakes_in_included_files() -> None:
    """They come with those of the file itself, each once, with the line of both where two differ."""
    other = f"{HEAD}include: [common.yaml]\nmounts: {{secret: {{type: pki}}}}\n"
    files = (("teams/shop.yaml", SHOP), ("other.yaml", other))

    assert mistakes_of(*files, common=COMMON) == ["other.yaml:3:10: mounts.secret differs from common.yaml:2:10"]
    assert mistakes_of(*files, common=f"{HEAD}mounts: {{a: {{}}}}") == ["common.yaml:2:10: mounts.a lacks type"]
    assert mistakes_of(*files, common="# nothing") == ["common.yaml: is empty, and teams/shop.yaml:3:11 includes it"]
    assert mistakes_of(*files)[0] == "other.yaml:2:11: common.yaml is included, and was not read"


@pytest.mark.parametrize("path", ["/etc/access.yaml", "common", "common.txt", "", ".yaml"])
def test_what_is_no_file_to_include(path: str) -> None:
    """It is relative, and the name of a YAML or JSON file."""
    (mistake,) = mistakes_of(("shop.yaml", f"{HEAD}include: ['{path}']"))

    assert mistake.startswith("shop.yaml:2:11: include[1] is not a file to include: write its path relative to this")


def test_included_files_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative to the file, wherever the command is called; nothing outside of what was given is, nor by a link."""
    (tmp_path / "access" / "teams").mkdir(parents=True)
    (tmp_path / "outside.yaml").write_text(COMMON)
    shop = tmp_path / "access" / "teams" / "shop.yaml"
    shop.write_text(SHOP)
    monkeypatch.chdir(tmp_path / "access" / "teams")
    common = tmp_path / "access" / "common.yaml"
    with pytest.raises(AccessInvalid, match="nor below the current one"):
        read_access([shop])

    with pytest.raises(AccessInvalid, match="cannot be included: No such file or directory"):
        read_access([tmp_path / "access"])
    common.write_text(COMMON)
    assert list(read_access([tmp_path / "access"]).mounts) == ["secret"]
    monkeypatch.chdir(tmp_path / "access")
    assert list(read_access([Path("teams/shop.yaml")]).mounts) == ["secret"]
    for target in (tmp_path / "outside.yaml", common):
        common.unlink()
        common.symlink_to(target)
        with pytest.raises(
            AccessInvalid, match=r"shop.yaml:3:11: .*common.yaml cannot be included: it is neither below"
        ):
            read_access([shop])


def test_a_saved_plan_is_bound_to_included_files(ground: Ground) -> None:
    """Another type of an included mount makes the plan another one."""

    def plan(kind: str) -> SavedPlan:
        included = {"mounts": {ground.mount: {"type": kind}}, "auth": {ground.auth: {"type": ground.kind}}}
        document = {"accessVersion": 1, "owner": ground.owner, "include": ["common.json"]}
        files = {"common.json": json.dumps({"accessVersion": 1, **included})}
        return SavedPlan(ground.plan(parse_access([("a.json", json.dumps(document))], files)))

    saved = parse_saved(render_saved(plan("kv")))

    require_same(saved, plan("kv").plan)
    with pytest.raises(PlanStale, match=f"sys/mounts/{ground.mount}"):
        require_same(saved, plan("pki").plan)
