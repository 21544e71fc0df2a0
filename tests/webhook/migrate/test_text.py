"""Edits of a text: styles, comments, anchors, and that any text gives a value or our own error."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tests.support.webhook.vault_k8s import named
from tests.webhook.migrate.cases import BY_DEFAULT, migrated, pod_text, pods_in
from webhook.migrate.vault_k8s.documents import migrate_text
from webhook.migrate.vault_k8s.scalars import render_inline, render_literal

POD = """apiVersion: v1
kind: Pod
metadata:
  name: x
  annotations:
{}
spec:
  containers: [{{name: app, image: app}}]
"""
LINES = (
    "    vault.hashicorp.com/agent-inject: 'true'",
    "    vault.hashicorp.com/role: shop",
    "    vault.hashicorp.com/agent-inject-secret-db: secret/data/shop/db",
)
TEXTS = st.text(st.sampled_from("a{}\"'\\#: \t\n\r-|>&*\u00e9\u2028\x85\x7f\U0001f600"), min_size=1, max_size=20)


@given(TEXTS)
def test_scalars(text: str) -> None:
    """A text that is rendered is read again as it was: in one line, as JSON, and as a literal block."""
    read = YAML(typ="safe", pure=True).load
    assert read(f"k: {render_inline(text)}\n")["k"] == text
    assert json.loads(render_inline(text, is_json=True)) == text
    literal = render_literal(text, 4, "\n")
    if literal is not None:
        assert read(f"a:\n  k: {literal}\n  z: 1\n")["a"] == {"k": text, "z": 1}


@pytest.mark.parametrize("word", ["true", "No", "null", "y", "5m", "1", "~", "a: b", "a #b", "=", "/x", "a,b"])
def test_words(word: str) -> None:
    """A word that some YAML takes for another type is quoted."""
    assert YAML(typ="safe", pure=True).load(render_inline(word)) == word
    assert render_inline(word).strip('"') == word
    if word.lower() in {"true", "no", "null", "y"}:
        assert render_inline(word).startswith('"')


@given(TEXTS, st.booleans())
def test_templates_keep_their_text(text: str, has_more: bool) -> None:
    """Whatever a template's text is, the Pod's new annotation has the same, or the Pod stays."""
    template = text + "{{ timestamp }}" + (text if has_more else "")
    raw = pod_text(named(agent_inject="true", role="shop", agent_inject_template_db=template))
    outcome = migrated(raw)
    (pod,) = pods_in(outcome.text)
    found = pod["metadata"]["annotations"]
    assert found.get("template.omamori.dev/db", found.get("vault.hashicorp.com/agent-inject-template-db")) == template


@given(st.text(max_size=80), st.lists(st.sampled_from([*LINES, "    # c", "    other: x", "", "    - y", "  z: 1"])))
def test_any_text(text: str, lines: list[str]) -> None:
    """Any text gives an outcome; what is not read is unchanged."""
    for each in (text + "vault.hashicorp.com/", POD.format("\n".join([*lines, text])), POD.format("\n".join(lines))):
        outcome = migrate_text("x", each, BY_DEFAULT)
        if outcome.unread or not outcome.moved:
            assert outcome.text == each


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("    ? vault.hashicorp.com/agent-inject-token\n    : 'true'", "is not at the beginning of its line"),
        ("    vault.hashicorp.com/log-level: &level debug\n    other: *level", "has the anchor &level"),
        ("    &key vault.hashicorp.com/log-level: debug\n    other: *key", "has the anchor &key"),
        ("    vault.hashicorp.com/log-level: 5", "is not a string"),
        ("    vault.hashicorp.com/log-level:", "is not a string"),
    ],
)
def test_stays(line: str, why: str) -> None:
    """What cannot be edited without touching more stays, with the reason."""
    text = POD.format("\n".join([*LINES, line]))
    outcome = migrated(text)
    assert outcome.text == text
    assert why in outcome.stays[0]


def test_ends() -> None:
    """A byte order mark, and an annotation in the last line of a file without an end."""
    text = (
        "\ufeffkind: Pod\napiVersion: v1\nspec: {containers: [{name: app}]}\nmetadata:\n  annotations:\n"
        + "\n".join(LINES)
    )
    outcome = migrated(text)
    assert outcome.moved
    assert outcome.text.startswith("\ufeffkind: Pod\n")
    assert not outcome.text.endswith("\n")
    last = text + "\n    vault.hashicorp.com/log-level: debug"
    assert migrated(last).text.startswith(outcome.text)


def test_flow_with_comments() -> None:
    """Braces with comments between their entries stay; without, entries are replaced and the first may go."""
    inside = 'vault.hashicorp.com/agent-inject: "true", # c\n      vault.hashicorp.com/role: shop'
    text = (
        "{apiVersion: v1, kind: Pod, spec: {containers: [{name: app}]}, metadata: {annotations: {%s,\n"
        "      vault.hashicorp.com/agent-inject-secret-db: a/b}}}\n"
    )
    assert "is in braces" in migrated(text % inside).stays[0]
    switched = "vault.hashicorp.com/log-level: debug, " + inside.replace(" # c", "")
    outcome = migrated(text % switched)
    assert "{annotations: {omamori.dev/mode: sidecar, omamori.dev/refresh" in outcome.text


def test_annotations_of_no_pod() -> None:
    """Annotations that reach no Pod are named: in the values of a chart by their line, in an object by its name."""
    lines = "\n".join(LINES)
    outcome = migrated(f"image: x\npodAnnotations:\n{lines}\n")
    assert outcome.stays[0].startswith("x.yaml:3: annotations of no Pod")
    custom = f"apiVersion: example.com/v1\nkind: Custom\nmetadata:\n  name: x\n  annotations:\n{lines}\n"
    (stays,) = migrated(custom).stays
    assert "Custom x: metadata.annotations reaches no Pod" in stays
