"""deploy/jsonnet: the annotations are on every Pod of every kind and nowhere else, in whatever order they are added.

The tests of the list of deployment systems: T-JSN-1, T-JSN-2, T-JSN-3.
"""

from __future__ import annotations

import json
import re
from typing import Any

import _gojsonnet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.docs.pages import PROJECT, blocks
from tests.ecosystem.manifests import SETTINGS, annotations_of, explain, is_its_own, lint, objects_with_pods, without
from webhook.admission.annotations.grammar import parse_value
from webhook.explain.text import render_text
from webhook.explain.view import view
from webhook.workloads.manifest import Manifest, parse_manifests
from webhook.workloads.podtemplate import RawObject
from webhook.workloads.registry import KINDS, find_pods

FOLDER = PROJECT / "deploy/jsonnet"
OBJECTS = list(objects_with_pods())
ASKED = """omamori.file('db.env', 'secret/data/shop/db', { mode: '0444' })
  + omamori.env('DB_PASSWORD', 'secret/data/shop/db#password@3')
  + omamori.template('url', '[[ secret "secret/data/shop/db" ]]', { dir: '/srv/url' })
  + omamori.token('vault-token')
  + omamori.pod({ role: 'shop' })"""
MEANT = {
    "file.omamori.dev/db.env": "secret/data/shop/db mode=0444",
    "env.omamori.dev/DB_PASSWORD": "secret/data/shop/db#password@3",
    "template.omamori.dev/url": '[[ secret "secret/data/shop/db" ]]',
    "template-options.omamori.dev/url": "dir=/srv/url",
    "token.omamori.dev/vault-token": "true",
    "omamori.dev/role": "shop",
}
DEPLOYMENT = next(each for each in OBJECTS if each["kind"] == "Deployment")
WORKFLOW = next(each for each in OBJECTS if each["metadata"]["name"] == "workflow")
PARTS = [part.strip() for part in ASKED.split("\n  + ")]


def evaluated(snippet: str) -> Any:
    """Evaluate Jsonnet that has the library as `omamori`. Raises RuntimeError."""

    def read(_folder: str, name: str) -> tuple[str, bytes]:
        file = FOLDER / name
        return str(file), file.read_bytes()

    text = f"local omamori = import 'omamori.libsonnet';\n{snippet}"
    return json.loads(_gojsonnet.evaluate_snippet("snippet", text, import_callback=read))


def injected(value: RawObject, *mixins: str) -> Any:
    """Give an object with mixins added to it in their order."""
    return evaluated(" + ".join([json.dumps(value), *mixins]))


def test_every_kind_has_a_row() -> None:
    """The library has the kinds that omamori knows Pods of."""
    rows = re.findall(r"^  '([\w.]*/\w+)':", (FOLDER / "omamori.libsonnet").read_text(), re.MULTILINE)
    known = [f"{kind.api_version.rpartition('/')[0]}/{kind.name}" for kind in KINDS]

    assert sorted(rows) == sorted(known)
    assert {each["kind"] for each in OBJECTS if find_pods(Manifest(each))} == {kind.name for kind in KINDS}


@pytest.mark.parametrize("value", OBJECTS, ids=lambda each: f"{each['kind']} {each['metadata'].get('name')}")
def test_every_pod_asks_for_it(value: dict[str, Any]) -> None:
    """T-JSN-1: each Pod of each kind has what was meant, all else is as it was, and lint finds nothing."""
    made = injected(value, f"omamori.inject({ASKED})")

    pods = [pod for pod in find_pods(Manifest(made)) if is_its_own(pod)]
    assert [dict(annotations_of(pod)) | MEANT for pod in pods] == [annotations_of(pod) for pod in pods]
    assert without(made, set(MEANT)) == without(value, set())
    assert [each for each in lint(made) if each.rule != "reference"] == []
    for seen in explain(made):
        assert (seen.outcome, seen.logins[0].role) == ("patched", "shop")
        files = {item.name: item.mode for each in seen.containers for item in each.files}
        assert files.keys() == {"/vault/secrets/db.env", "/srv/url/url", "/vault/secrets/vault-token"}
        assert files["/vault/secrets/db.env"] == "0444"
        assert {item.name for each in seen.containers for item in each.variables} == {"DB_PASSWORD"}


@given(st.sampled_from(OBJECTS), st.permutations(PARTS), st.integers(0, len(PARTS)))
def test_any_order(value: dict[str, Any], parts: list[str], cut: int) -> None:
    """T-JSN-2: in whatever order and in how many steps they are added, the object is the same."""
    some = [f"omamori.inject({' + '.join(each)})" for each in (parts[:cut], parts[cut:]) if each]

    assert injected(value, *some) == injected(value, f"omamori.inject({ASKED})")


def test_other_mixins_around_it() -> None:
    """What others add to the object is the same before and behind it, and an annotation that was there stays."""
    more = "{ spec+: { replicas: 3, template+: { metadata+: { annotations+: { team: 'shop' } }, spec+: { x: 1 } } } }"

    before = injected(DEPLOYMENT, more, f"omamori.inject({ASKED})")

    assert before == injected(DEPLOYMENT, f"omamori.inject({ASKED})", more)
    assert before["spec"]["replicas"] == 3
    assert before["spec"]["template"]["metadata"]["annotations"] == MEANT | {"team": "shop"}


def test_two_values_of_one_annotation() -> None:
    """They are refused in either order; plain Jsonnet behind it replaces a value on purpose."""
    one, two = (f"omamori.inject(omamori.pod({{ role: '{role}' }}))" for role in ("a", "b"))
    for some in ((one, two), (two, one)):
        with pytest.raises(RuntimeError, match=r"omamori: two values are given for omamori\.dev/role"):
            injected(DEPLOYMENT, *some)

    files = ["omamori.file('a', 'kv/a')", "omamori.file('a', 'kv/b')"]
    for added in (files, files[::-1]):
        with pytest.raises(RuntimeError, match=r"omamori: two values are given for file\.omamori\.dev/a"):
            evaluated(" + ".join(added))
    assert evaluated(f"{files[0]} + {files[0]}") == {"file.omamori.dev/a": "kv/a"}

    plain = "{ spec+: { template+: { metadata+: { annotations+: omamori.pod({ role: 'c' }) } } } }"
    made = injected(DEPLOYMENT, one, plain)
    assert made["spec"]["template"]["metadata"]["annotations"] == {"omamori.dev/role": "c"}


@pytest.mark.parametrize(
    ("kind", "name", "place"),
    [
        ("Workflow", "program", ("spec", "templates")),
        ("Experiment", "canary", ("spec", "templates")),
        ("AnalysisTemplate", "smoke", ("spec", "metrics")),
    ],
)
def test_one_by_its_name(kind: str, name: str, place: tuple[str, str]) -> None:
    """One template, or one metric, has the annotations, and the others have not."""
    value = next(each for each in (WORKFLOW, *OBJECTS) if each["kind"] == kind)
    made = injected(value, f"omamori.injectNamed('{name}', {ASKED})")

    changed = [new for old, new in zip(value[place[0]][place[1]], made[place[0]][place[1]], strict=True) if old != new]
    assert [each["name"] for each in changed] == [name]
    assert len([pod for pod in find_pods(Manifest(made)) if annotations_of(pod) == MEANT]) == 1
    assert without(made, set(MEANT)) == without(value, set())


@given(st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="= \t\r\n"), min_size=1), st.text()))
def test_any_option(options: dict[str, str]) -> None:
    """The webhook reads back what was given, whatever is in it."""
    made = evaluated(f"omamori.file('x', 'secret/x', {json.dumps(options)})")

    parsed = parse_value(made["file.omamori.dev/x"])
    assert parsed.reference == "secret/x"
    assert dict(parsed.options) == options


@pytest.mark.parametrize(
    ("snippet", "words"),
    [
        ("omamori.file('x', 'secret/x', { mode: 400 })", "option mode= is a number; write a string"),
        ("omamori.env('X', 'secret/x', { optional: true })", "option optional= is a boolean; write a string"),
        ("omamori.file('x', 'secret/x', 'mode=0400')", "options are an object of strings, not a string"),
        ("omamori.file('x', 'secret/x', { 'a b': '' })", '"a b" is no name of an option'),
        ("omamori.file('x', 'secret/x mode=0400')", "x: the reference has a blank"),
        ("omamori.file('x', 5)", "x: the reference is a string"),
        ("omamori.file('', 'secret/x')", "the name after file.omamori.dev/ is a string that is not empty"),
        ("omamori.template('x', '')", "x: the template is a string that is not empty"),
        ("{D} + omamori.inject({ 'omamori.dev/inject': true })", "no string is the value of omamori.dev/inject"),
        ("{D} + omamori.inject('omamori.dev/inject')", "annotations are an object"),
        ("{W} + omamori.injectNamed('none', {A})", "has nothing at spec.templates.. of the name none"),
        ("{D} + omamori.injectNamed('app', {A})", "the Pods of apps/Deployment have no names; use inject"),
        ("{P} + omamori.injectNamed('app', {A})", "the Pods of /Pod have no names; use inject"),
        ("{C} + omamori.inject({A})", "of the kind flagger.app/Canary no Pods are known; annotate what makes them"),
        ("{R} + omamori.inject({A})", "argoproj.io/Rollout has nothing at spec.template, so that no Pod would get"),
    ],
)
def test_refused(snippet: str, words: str) -> None:
    """T-JSN-3: what is no string, and what would reach no Pod, is an error that says so."""
    stands_for = {
        "{A}": ASKED,
        "{D}": json.dumps(DEPLOYMENT),
        "{W}": json.dumps(WORKFLOW),
        "{P}": "{ apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: {} }",
        "{C}": "{ apiVersion: 'flagger.app/v1beta1', kind: 'Canary', metadata: {}, spec: {} }",
        "{R}": "{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: {}, spec: { workloadRef: {} } }",
    }
    for mark, text in stands_for.items():
        snippet = snippet.replace(mark, text)
    with pytest.raises(RuntimeError, match=f"omamori: .*{words}"):
        evaluated(snippet)


def test_example_of_the_page() -> None:
    """The page shows the end of the example, and what `omamori explain` says of it."""
    page, example = FOLDER / "README.md", (FOLDER / "checkout.jsonnet").read_text()
    (shown,) = blocks(page, "jsonnet")
    (answer,) = blocks(page, "console")
    made = evaluated(example.partition("\n\n")[2])
    (manifest,) = parse_manifests("/dev/stdin", json.dumps(made))

    assert example.endswith(shown)
    assert lint(made) == set()
    assert answer.partition("\n")[2].rstrip() == render_text([view(pod, SETTINGS) for pod in find_pods(manifest)])


def test_functions_of_the_page() -> None:
    """The tables of the page have every function of the library, with its parameters."""
    page = (FOLDER / "README.md").read_text()
    functions = re.findall(r"^  (\w+\(.*?\))::", (FOLDER / "omamori.libsonnet").read_text(), re.MULTILINE)

    assert re.findall(r"^\| `(\w+\(.*?\))` \|", page, re.MULTILINE) == functions
