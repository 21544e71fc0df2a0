"""Traps of compiled pipelines: whatever the two documents are, there is an answer."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.webhook.strategies import json_values
from webhook.admission.annotations.dialects import DIALECTS
from webhook.lint.pipelines import find_pipeline_traps
from webhook.workloads.manifest import Manifest

_MEMBERS = st.sampled_from(
    [
        *("pipelineInfo", "root", "components", "dag", "tasks", "cachingOptions", "enableCache", "componentRef"),
        *("name", "executorLabel", "inputDefinitions", "parameters", "password", "platforms", "kubernetes"),
        *("deploymentSpec", "executors", "podMetadata", "annotations", "file.omamori.dev/x"),
    ]
)


def documents() -> st.SearchStrategy[dict[str, Any]]:
    """Objects whose members have the right names more often than by chance."""
    inner = st.recursive(json_values(), lambda part: st.dictionaries(_MEMBERS, part, max_size=3), max_leaves=10)
    return st.dictionaries(_MEMBERS, inner, max_size=4)


def platform(executors: Any) -> Manifest:
    """Make the platform's document."""
    return Manifest({"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}})


ASKING = platform({"x": {"podMetadata": {"annotations": {"file.omamori.dev/x": "secret/x"}}}})


@given(documents(), documents() | st.builds(lambda value: platform(value).value, json_values()))
def test_any_documents(pipeline: dict[str, Any], other: dict[str, Any]) -> None:
    """What is odd gives no error, with any second document and with one that asks for secrets."""
    pipeline |= {"pipelineInfo": {}}
    list(find_pipeline_traps(Manifest(pipeline), Manifest(other), DIALECTS))
    list(find_pipeline_traps(Manifest(pipeline), ASKING, DIALECTS))


def test_only_the_two_of_a_pipeline() -> None:
    """What stands before the platform's document and is no pipeline, and a pipeline before another object, are none."""
    root: dict[str, Any] = {"root": {"inputDefinitions": {"parameters": {"password": {}}}}}
    pipeline = Manifest({"pipelineInfo": {}, **root})

    assert len(list(find_pipeline_traps(pipeline, ASKING, DIALECTS))) == 1
    assert list(find_pipeline_traps(Manifest(root), ASKING, DIALECTS)) == []
    assert list(find_pipeline_traps(pipeline, Manifest({"kind": "Pod", **ASKING.value}), DIALECTS)) == []
    assert list(find_pipeline_traps(pipeline, platform({}), DIALECTS)) == []
