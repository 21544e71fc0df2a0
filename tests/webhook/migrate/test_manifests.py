"""Manifests of different tools: what is written, and that nothing else is touched."""

from __future__ import annotations

import re

import pytest

from tests.webhook.migrate.cases import FOLDER, TABLE, migrated, text_of
from webhook.workloads.manifest import parse_manifests

OLD = re.compile(r"vault\.hashicorp\.com/")


def test_there_are_cases() -> None:
    """Twenty manifests at least, each with what comes of it."""
    assert len(TABLE) >= 20
    for folder in ("before", "after"):
        assert {each.name for each in (FOLDER / folder).iterdir()} == set(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_manifest(name: str) -> None:
    """A manifest becomes what the case says, byte by byte; a second time changes nothing."""
    outcome = migrated(text_of("before", name))
    assert outcome.text == text_of("after", name)
    assert (len(outcome.moved), len(outcome.stays)) == (TABLE[name]["moved"], len(TABLE[name]["stays"]))
    for line, part in zip(outcome.stays, TABLE[name]["stays"], strict=True):
        assert part in line


@pytest.mark.parametrize("name", TABLE)
def test_the_rest_keeps_its_bytes(name: str) -> None:
    """Each line without an annotation of vault-k8s or the text of one is still there, in its order; so are comments."""
    before, after = text_of("before", name), text_of("after", name)
    if name.endswith(".yaml"):
        assert sorted(re.findall(r"(?m)(?<= )#[^\r\n]*|^#[^\r\n]*", before)) == sorted(
            re.findall(r"(?m)(?<= )#[^\r\n]*|^#[^\r\n]*", after)
        )
    old = [_without_annotations(each.value) for each in parse_manifests("x", before)]
    new = [_without_annotations(each.value) for each in parse_manifests("x", after)]
    assert old == new
    kept = iter(after.splitlines(keepends=True))
    for line in _lines_outside(before):
        assert line in kept, line


def _lines_outside(text: str) -> list[str]:
    """The lines that are in no annotation of vault-k8s: those of its value are deeper than its key."""
    found = []
    inside = None
    for line in text.splitlines(keepends=True):
        indent = len(line) - len(line.lstrip(" "))
        if inside is not None and (not line.strip() or indent > inside):
            continue
        inside = indent if OLD.search(line) else None
        if inside is None:
            found.append(line)
    return found


def _without_annotations(value: object) -> object:
    """A value without all annotations of both dialects."""
    if isinstance(value, dict):
        names = ("vault.hashicorp.com/", "omamori.dev/")
        return {key: _without_annotations(each) for key, each in value.items() if not any(n in key for n in names)}
    return [_without_annotations(each) for each in value] if isinstance(value, list) else value
