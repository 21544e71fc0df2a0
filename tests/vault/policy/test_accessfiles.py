"""Access files: every mistake with its place, all at once; and what is right, as values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.vault.cases import read_cases
from vault.places import Mistake
from vault.policy.commands.access_files import read_access
from vault.policy.errors import AccessInvalid
from vault.policy.files.durations import parse_duration, render_duration
from vault.policy.files.model import Token
from vault.policy.files.parse import parse_access
from vault.yamlfile import parse_documents

CASES = read_cases("access-files.json", at_least=25)


def mistakes_of(*files: str) -> list[str]:
    """Give the mistakes of files f.yaml, f2.yaml, ..."""
    names = ["f.yaml", *(f"f{number}.yaml" for number in range(2, len(files) + 1))]
    with pytest.raises(AccessInvalid) as caught:
        parse_access(list(zip(names, files, strict=True)))
    return [str(each) for each in caught.value.mistakes]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_every_mistake_has_its_place(case: dict[str, Any]) -> None:
    """The mistakes of a file are those of the case: no fewer, and no more."""
    assert sorted(mistakes_of("\n".join(case["text"]))) == sorted(case["mistakes"])


def test_mistakes_of_several_files_come_together() -> None:
    """Two files with a mistake each: both are told, in the order of the files."""
    assert [each.partition(":")[0] for each in mistakes_of("accessVersion: 2", "accessVersion: 3")] == [
        "f.yaml",
        "f2.yaml",
    ]


def test_files_agree() -> None:
    """Another lock of an owner, and another declaration of a mount, are mistakes; the same declaration is none."""
    first = "accessVersion: 1\nlock: t/data/a\nmounts: {s: {type: kv}, t: {type: kv}}\n"
    second = "accessVersion: 1\nlock: t/data/b\nmounts: {s: {type: kv, version: 1}, t: {type: kv}}\n"

    assert mistakes_of(first, second) == [
        "f2.yaml:2:1: lock is 't/data/b' here and 't/data/a' in f.yaml:2:1",
        "f2.yaml:3:10: mounts.s differs from f.yaml:3:10",
    ]


def test_what_is_left_out_has_a_default() -> None:
    """The least grant: role by the webhook's pattern, audience vault, a batch token of ten minutes."""
    text = "accessVersion: 1\nmounts: {s: {type: kv}, d: {type: database}}\nauth: {k: {type: kubernetes}}\ngrants:\n"
    text += "- {workload: {namespace: shop, serviceAccount: a}, paths: {s/data/x: read}}\n"
    text += "- {workload: {namespace: shop, serviceAccount: b}, paths: {d/creds/x: read}}\n"

    static, leased = parse_access([("f.yaml", text)]).grants

    assert (static.role, static.audiences, static.token) == ("shop.a", ("vault",), Token("batch", 600))
    assert leased.is_leased
    assert leased.token == Token("service", 3600)
    assert str(static.place) == "f.yaml:5:3"
    assert str(static.paths[0].place) == "f.yaml:5:60"


def test_folders_are_read(tmp_path: Path) -> None:
    """Every YAML and JSON file below, and nothing else; no file at all, and one that is not there, are mistakes."""
    (tmp_path / "teams").mkdir()
    (tmp_path / "teams" / "shop.yaml").write_text("accessVersion: 1\nowner: shop\n---\n# nothing\n")
    (tmp_path / "mounts.json").write_text('{"accessVersion": 1, "mounts": {"s": {"type": "kv"}}}')
    (tmp_path / "README.md").write_text("not this")
    (tmp_path / "..2026").mkdir()  # as a mounted ConfigMap has it
    (tmp_path / "..2026" / "mounted.yaml").write_text("accessVersion: 1\nlock: s/data/lock\n")
    (tmp_path / "..data").symlink_to("..2026")
    (tmp_path / "mounted.yaml").symlink_to("..data/mounted.yaml")

    access = read_access([tmp_path])

    assert (access.owners, access.locks, list(access.mounts)) == (("shop",), {"shop": "s/data/lock"}, ["s"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(AccessInvalid) as caught:
        read_access([tmp_path / "empty", tmp_path / "nothing.yaml"])
    assert [each.what for each in caught.value.mistakes] == [
        "has no file that ends with .yaml, .yml, .json",
        "cannot be read: No such file or directory",
    ]


def test_anchors_do_not_blow_a_file_up() -> None:
    """A thousand laughs are a mistake, and so is a value that contains itself."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 8)]
    for text in ("\n".join(lines), "a: &a [*a]"):
        assert "nested too deeply, contains itself, or has more than 200000 values" in mistakes_of(text)[0]


@given(st.text() | st.text(alphabet="{}[]:-,&*!|>'\"# \n\tab01"))
def test_any_text_gives_documents_or_mistakes(text: str) -> None:
    """Whatever the file is, nothing but a document or a mistake comes of it."""
    mistakes: list[Mistake] = []
    parse_documents("f.yaml", text, mistakes)


_KEYS = [
    *("accessVersion", "owner", "lock", "mounts", "auth", "grants", "type", "version", "workload", "namespace"),
    *("serviceAccount", "paths", "token", "ttl", "role", "config", "reviewer", "audience", "s", "x"),
]
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["kv", "a", "", "read", "s/data/x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(_KEYS), _VALUES))
def test_any_document_gives_access_or_mistakes(document: dict[str, Any]) -> None:
    """Whatever shape the values have, the schema stands before the parser."""
    try:
        parse_access([("f.json", json.dumps({"accessVersion": 1, **document}))])
    except AccessInvalid as error:
        assert error.mistakes


@given(st.integers(0, 10**8))
def test_durations_come_back(seconds: int) -> None:
    """What is written is read as the same number of seconds."""
    assert parse_duration(render_duration(seconds)) == seconds
