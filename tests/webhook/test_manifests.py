"""Manifests to the Pods that their controllers would make: any text gives objects or our error, any object Pods."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.vault.cases import FOLDER
from tests.support.webhook.strategies import json_values
from webhook.workloads.manifest import MOST_VALUES, Manifest, ManifestInvalid, parse_manifests
from webhook.workloads.registry import KINDS, ManifestPod, find_kind, find_pods

CASES = FOLDER / "manifests"
PLACES = st.sampled_from(
    [
        *(
            "spec",
            "template",
            "templates",
            "metadata",
            "annotations",
            "podMetadata",
            "workflowSpec",
            "triggers",
            "items",
        ),
        *("metrics", "provider", "job", "jobTemplate", "steps", "dag", "tasks", "inline", "container", "containerSet"),
        *("artifactGC", "outputs", "artifacts", "source", "resource", "k8s", "jetstream", "nats", "native", "labels"),
        *("serviceAccountName", "platforms", "kubernetes", "deploymentSpec", "executors", "http", "templateDefaults"),
    ]
)


def objects() -> st.SearchStrategy[dict[str, Any]]:
    """Objects of the kinds that have Pods, whose members have the right names more often than by chance."""
    inner = st.recursive(
        json_values(),
        lambda part: st.lists(part, max_size=2) | st.dictionaries(PLACES, part, max_size=4),
        max_leaves=20,
    )
    named = st.sampled_from([{"apiVersion": each.api_version, "kind": each.name} for each in KINDS] + [{}])
    return st.builds(
        lambda name, spec, more: {**name, "spec": spec, **more},
        named,
        inner,
        st.dictionaries(PLACES, inner, max_size=2),
    )


def pods_of(text: str) -> list[ManifestPod]:
    """Give the Pods of a file."""
    return [pod for manifest in parse_manifests("file.yaml", text) for pod in find_pods(manifest)]


@given(st.text(max_size=40) | st.text(alphabet="{}[]:,-&*<!|>'\"# \n\ta1.~?%", max_size=40))
def test_any_text(text: str) -> None:
    """It gives objects of plain JSON, or an error that names the file."""
    try:
        found = parse_manifests("file.yaml", text)
    except ManifestInvalid as error:
        assert str(error).startswith("file.yaml")
    else:
        for manifest in found:
            json.dumps(manifest.value, sort_keys=True)
            assert manifest.place(("spec", "template", 0)).startswith("file.yaml:")


@settings(max_examples=300)
@given(objects())
@example({"apiVersion": "v1", "kind": "Pod", "metadata": []})
@example({"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "spec": {"templates": [{"steps": 5}]}})
def test_any_object(value: dict[str, Any]) -> None:
    """It gives Pods in a namespace, or an error that names the object; the object stays as it was."""
    before = json.dumps(value)
    try:
        found = find_pods(Manifest(value))
    except ManifestInvalid as error:
        assert str(Manifest(value)) in str(error)
    else:
        for each in found:
            assert each.namespace
            assert each.pod["metadata"]["namespace"] == each.namespace
            for keys in each.annotated:
                assert keys[-1] == "annotations"
    assert json.dumps(value) == before


def test_each_kind_has_a_case() -> None:
    """Each kind of the table is in tests/cases/manifests, and has Pods there."""
    known = {(each.api_version, each.name) for each in KINDS}
    found = set()
    for file in CASES.glob("*.yaml"):
        for manifest in parse_manifests(str(file), file.read_text()):
            if find_pods(manifest):
                found.add((manifest.api_version, manifest.kind))
    assert len(known) >= 20
    assert found - {("", "")} == known


MAKERS = {
    # what makes the Pods, as the API server would say it
    "deployment": "ReplicaSet",
    "stateful-set": "StatefulSet",
    "job": "Job",
    "cron-job": "Job",
    "analysis-run": "Job",
    "workflow": "Workflow",
    "cron-workflow": "Workflow",
    "sensor": "ReplicaSet",
    "event-bus": "StatefulSet",
    "pipeline": "Workflow",
}


@pytest.mark.parametrize("case", MAKERS)
def test_who_makes_a_pod(case: str) -> None:
    """A Pod names its controller's kind, by which one that runs to its end is known."""
    pod = pods_of((CASES / f"{case}.yaml").read_text())[0].pod
    (owner,) = pod["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["controller"]) == (MAKERS[case], True)


def test_workflow_pods() -> None:
    """Argo's own containers stand beside the author's, as its controller puts them, and never run again."""
    pods = pods_of((CASES / "workflow.yaml").read_text())
    shapes = {
        each.pod["spec"]["serviceAccountName"]: [container["name"] for container in each.pod["spec"]["containers"]]
        for each in pods
    }
    assert shapes == {
        "workflow": ["main"],
        "workflow-gc": ["main"],
        "workflow-report": ["main"],
        "workflow-inline": ["wait", "main"],
        "workflow-object": ["wait", "main"],
        "workflow-program": ["wait", "main", "helper"],
        "workflow-task": ["wait", "first", "second"],
    }
    assert all(each.pod["metadata"]["labels"]["workflows.argoproj.io/workflow"] == "workflow" for each in pods)


def test_key_by_key() -> None:
    """Of two places that say the same annotation the nearer one counts, and the others' annotations stay."""
    pods = pods_of((CASES / "workflow.yaml").read_text())
    (program,) = (each for each in pods if each.pod["spec"]["serviceAccountName"] == "workflow-program")
    assert program.pod["metadata"]["annotations"] == {
        "file.omamori.dev/common": "secret/data/cases/workflow-common",
        "file.omamori.dev/own": "secret/data/cases/workflow-program",
    }


TEMPLATES = """
apiVersion: argoproj.io/v1alpha1
kind: Workflow
spec:
  securityContext: {runAsUser: 1000}
  automountServiceAccountToken: false
  volumes: [{name: all}]
  templates:
    - {name: a, script: {image: app, source: "true"}, securityContext: {runAsUser: 2000}, volumes: [{name: own}]}
    - {name: b, container: {image: app}}
"""


def test_what_a_workflow_says_of_its_pods() -> None:
    """A template's security counts before the workflow's; volumes are all there; a script's text is no container's."""
    first, second = (each.pod["spec"] for each in pods_of(TEMPLATES))
    assert first["securityContext"] == {"runAsUser": 2000}
    assert second["securityContext"] == {"runAsUser": 1000}
    assert [each["name"] for each in first["volumes"]] == ["all", "own"]
    assert first["automountServiceAccountToken"] is second["automountServiceAccountToken"] is False
    assert first["containers"][1] == {"name": "main", "image": "app"}


def test_lines_of_a_list() -> None:
    """Each object of a List has its own line, however deep the List is."""
    text = (
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: PodList\n  items:\n"
        "  - {apiVersion: v1, kind: Pod}\n  - apiVersion: v1\n    kind: Pod\n    metadata:\n      name: x\n"
    )
    first, second = parse_manifests("file.yaml", text)
    assert (first.place(), second.place()) == ("file.yaml:7", "file.yaml:8")
    assert second.place(("metadata", "name")) == "file.yaml:11"


def test_any_version_of_an_api() -> None:
    """An older version of a kind's API keeps its template at the same place."""
    assert find_kind("batch", "CronJob") is not None
    assert pods_of((CASES / "cron-job.yaml").read_text().replace("batch/v1", "batch/v1beta1"))
    assert find_kind("apps", "CronJob") is None


def test_anchors_and_merges() -> None:
    """They are followed, as kubectl does."""
    text = (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  annotations: &a {x/y: b}\n  labels: {<<: *a, 1: c}\n"
        "spec: {containers: []}\n"
    )
    (pod,) = pods_of(text)
    assert pod.pod["metadata"]["labels"] == {"x/y": "b", "1": "c"}


BOMB = "a: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"b{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 10)}]\n" for number in range(1, 9)
)
WRONG = {
    "more than there can be": (BOMB, f"file.yaml: is not a manifest: it has more than {MOST_VALUES} values"),
    "itself": ("a: &a {b: *a}", "file.yaml: is not a manifest: "),
    "binary": (
        "a: !!binary aGk=",
        "file.yaml: is not a manifest: it has a value of the type bytes, which JSON does not have",
    ),
    "a key that is none": (
        "? [a]\n: b",
        "file.yaml: is not a manifest: it has a key that is neither text nor a number",
    ),
    "twice": ("a: b\na: c", "file.yaml:2:1: is not YAML: found duplicate key"),
    "a template": (
        "a: b\nc: {{ .Values.x }}\n",
        "a template has to be rendered first (helm template, kustomize build)",
    ),
    "a shape": (
        "\nkind: Pod\napiVersion: v1\n---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: x}\nspec: 5",
        "file.yaml:5:1: Job x: spec is not an object",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_refused(case: str) -> None:
    """What is no manifest is refused with its place, without a stack and in time."""
    text, words = WRONG[case]
    with pytest.raises(ManifestInvalid) as refused:
        pods_of(text)
    assert words in str(refused.value)
