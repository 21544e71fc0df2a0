"""omamori.pipelines: what kfp and hera make with it asks for what was meant, and lint finds nothing.

The tests T-KFP-1 and T-KFP-3 of the list of deployment systems; the findings of the latter are planted in
tests/cases/lint/pipeline.yaml.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from omamori.pipelines import AnnotationsInvalid, checked
from tests.docs.pages import DOCS, PROJECT
from tests.ecosystem.manifests import explain, lint
from tests.realparts.parts import part
from webhook.admission.annotations.dialects import DIALECTS
from webhook.lint.pipelines import find_pipeline_traps
from webhook.workloads.manifest import parse_manifests

EXAMPLES = DOCS / "with/examples"
real = pytest.mark.real


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Python that has kfp, hera and omamori."""
    command: list[str | Path] = [part("pipelines") / "bin/python", *arguments]
    return subprocess.run(
        command, env={"PYTHONPATH": str(PROJECT)}, capture_output=True, text=True, check=False, timeout=100
    )


def made_by(*lines: str) -> str:
    """Give what some lines print, or the last line of their error."""
    ended = run("-c", "\n".join(lines))
    return ended.stdout if ended.returncode == 0 else ended.stderr.rstrip().rpartition("\n")[2]


def test_needs_nothing() -> None:
    """It is imported where neither kfp nor hera is, and brings no other module of ours."""
    assert importlib.util.find_spec("kfp") is None
    listed = "import sys, omamori.pipelines; print([x for x in sys.modules if x.startswith(('vault', 'webhook'))])"
    ended = subprocess.run([sys.executable, "-c", listed], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


def test_checked() -> None:
    """What a Pod can have is given back as it is."""
    given = {"file.omamori.dev/db.env": "secret/data/shop/db", "omamori.dev/mode": "sidecar"}
    assert checked(given) == given


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("file.omamori.dev/n", 5, "the value is of the type int; write a string"),
        ("omamori.dev/inject", False, "the value is of the type bool; write a string"),
        (
            "template.omamori.dev/x",
            "{{ secret }}",
            "Argo replaces {{…}} before the Pod is made; in a template write [[ ]]",
        ),
        ("file.omamori.dev/x", "", "is empty"),
        ("file.omamori.de/x", "secret/x", "is no annotation of omamori"),
        ("omamori.dev/", "x", "is no annotation of omamori"),
    ],
)
def test_refused(key: str, value: Any, words: str) -> None:
    """The message names the annotation and says what to write; every mistake is in it."""
    with pytest.raises(AnnotationsInvalid) as raised:
        checked({key: value, "x": "y"})
    assert str(raised.value) == f"{key}: {words}; x: is no annotation of omamori"


@real
def test_kubeflow_example(tmp_path: Path) -> None:
    """T-KFP-1: the compiled example has strings without braces, on the one task, which is not cached."""
    ended = run(EXAMPLES / "pipeline.py", tmp_path / "pipeline.yaml")
    assert ended.returncode == 0, ended.stderr

    pipeline, platform = parse_manifests("pipeline.yaml", (tmp_path / "pipeline.yaml").read_text())
    executors = platform.value["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    annotations = {"file.omamori.dev/db.env": "secret/data/shop/db"}
    assert executors == {"exec-train": {"podMetadata": {"annotations": annotations}}}
    assert "{{" not in json.dumps(platform.value)
    assert pipeline.value["root"]["dag"]["tasks"]["train"]["cachingOptions"] == {}
    assert lint(platform.value) == set(find_pipeline_traps(pipeline, platform, DIALECTS)) == set()
    (seen,) = explain(platform.value)
    files = {each.name: [item.name for item in each.files] for each in seen.containers if each.files}
    assert (seen.outcome, files) == ("patched", {"main": ["/vault/secrets/db.env"]})


@real
def test_a_cached_task_is_found(tmp_path: Path) -> None:
    """T-KFP-3: of the same pipeline with `caching`, lint finds the task."""
    text = (
        (EXAMPLES / "pipeline.py").read_text().replace('"secret/data/shop/db"}', '"secret/data/shop/db"}, caching=True')
    )
    (tmp_path / "cached.py").write_text(text)
    ended = run(tmp_path / "cached.py", tmp_path / "pipeline.yaml")
    assert ended.returncode == 0, ended.stderr

    pipeline, platform = parse_manifests("pipeline.yaml", (tmp_path / "pipeline.yaml").read_text())
    assert [each.rule for each in find_pipeline_traps(pipeline, platform, DIALECTS)] == ["cached-task"]


@real
def test_hera_example() -> None:
    """The workflow's annotations are on both Pods, the template's on its own, and lint finds nothing."""
    ended = run(EXAMPLES / "workflow.py")
    assert ended.returncode == 0, ended.stderr

    (workflow,) = parse_manifests("workflow.yaml", ended.stdout)
    assert lint(workflow.value) == set()
    shown = [
        {item.name for each in seen.containers for item in (*each.files, *each.variables)}
        for seen in explain(workflow.value)
    ]
    assert shown == [{"/vault/secrets/db.env"}, {"/vault/secrets/db.env", "STORE_TOKEN"}]


@real
@pytest.mark.parametrize("kind", ["Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate", "CronWorkflow"])
def test_every_kind_of_hera(kind: str) -> None:
    """Of each kind of workflow the Pods are annotated, twice over, and what was there stays."""
    text = made_by(
        f"from hera.workflows import Container, {kind}",
        "from hera.workflows.models import Metadata",
        "from omamori.pipelines import annotate_workflow",
        f"more = {{'schedules': ['* * * * *']}} if '{kind}' == 'CronWorkflow' else {{}}",
        "metadata = Metadata(annotations={'team': 'shop'}, labels={'a': 'b'})",
        f"with {kind}(name='x', service_account_name='x', pod_metadata=metadata, **more) as it:",
        "    Container(name='main', image='app')",
        "for name in ('a', 'b'):",
        "    annotate_workflow(it, {f'file.omamori.dev/{name}': f'secret/{name}'})",
        "print(it.to_yaml())",
    )
    (workflow,) = parse_manifests("workflow.yaml", text)
    (seen,) = explain(workflow.value)
    assert (workflow.kind, lint(workflow.value)) == (kind, set())
    assert [item.name for each in seen.containers for item in each.files] == ["/vault/secrets/a", "/vault/secrets/b"]
    spec = workflow.value["spec"]
    metadata = spec.get("workflowSpec", spec)["podMetadata"]
    assert metadata["labels"] == {"a": "b"}
    assert metadata["annotations"]["team"] == "shop"


@real
def test_no_workflow() -> None:
    """What has no annotations, such as a function, is an error that says what it is."""
    words = made_by("from omamori.pipelines import annotate_workflow", "annotate_workflow(print, {})")
    assert words == "TypeError: builtin_function_or_method is neither a workflow of hera nor one of its templates"
    words = made_by(
        "from hera.workflows import Container",
        "from omamori.pipelines import annotate_workflow",
        "annotate_workflow(Container(name='x', image='y'), {'x': 'y'})",
    )
    assert words == "omamori.pipelines.AnnotationsInvalid: x: is no annotation of omamori"
