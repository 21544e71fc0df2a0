"""Traps of a compiled pipeline of Kubeflow Pipelines that asks for secrets: its cache, and secrets as parameters.

Facts
- A compiled pipeline has two documents: what runs, and the platform's, which has the annotations of each executor.
- A task is taken from the cache by a key of its image, command and inputs, unless `cachingOptions.enableCache` is off.
- The values of parameters are stored with the run, and shown with it.

Source: Kubeflow's documentation, "Use Caching"; kubeflow/pipelines #5913 on secrets as parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from webhook.admission.rawjson import MalformedReview, text_in
from webhook.lint.finding import Finding, Level, finding
from webhook.workloads.annotated import Dialects, ours_among
from webhook.workloads.fieldpath import Keys, mapping_at
from webhook.workloads.kinds import kubeflow
from webhook.workloads.manifest import Manifest

_SECRET = re.compile(r"(?:^|[-_])(?:password|passwd|secret|token|credentials?|(?:api|access|private)[-_]?key)$")


def find_pipeline_traps(pipeline: Manifest, platform: Manifest, dialects: Dialects) -> Iterator[Finding]:
    """Yield the traps of a pipeline, given the object before the platform's document; nothing if it is another one."""
    if "pipelineInfo" not in pipeline.value or not kubeflow.is_platform(platform.value):
        return
    try:
        executors = mapping_at(platform.value, *kubeflow.EXECUTORS)
        annotations = {name: mapping_at(executors, name, "podMetadata", "annotations") for name in executors}
        asking = {name for name, found in annotations.items() if ours_among(found, dialects)}
        if asking:
            yield from _parameters(pipeline)
            yield from _cached(pipeline, asking)
    except MalformedReview:  # the check of each document says what is wrong with it
        return


def _parameters(pipeline: Manifest) -> Iterator[Finding]:
    """Yield parameters of the pipeline, and of its components, whose name is one of a secret."""
    for keys, component in _components(pipeline):
        for name in mapping_at(component, "inputDefinitions", "parameters"):
            if _SECRET.search(name.lower()):
                where = (*keys, "inputDefinitions", "parameters", name)
                what = f"{name}: the value of a parameter is stored with each run and shown; annotate the task instead"
                yield finding(pipeline, where, Level.WARNING, "secret-parameter", what)


def _cached(pipeline: Manifest, asking: set[str]) -> Iterator[Finding]:
    """Yield tasks whose Pod gets secrets and that may be taken from the cache."""
    executor_of = {keys[-1]: text_in(component, "executorLabel") for keys, component in _components(pipeline)}
    for keys, component in _components(pipeline):
        tasks = mapping_at(component, "dag", "tasks")
        for name in tasks:
            executor = executor_of.get(text_in(mapping_at(tasks, name, "componentRef"), "name"))
            if executor in asking and mapping_at(tasks, name, "cachingOptions").get("enableCache") is True:
                where = (*keys, "dag", "tasks", name, "cachingOptions", "enableCache")
                what = (
                    f"{name}: may be taken from the cache, whose key has no secret in it, so a changed secret changes "
                    "nothing; set_caching_options(False)"
                )
                yield finding(pipeline, where, Level.WARNING, "cached-task", what)


def _components(pipeline: Manifest) -> Iterator[tuple[Keys, Any]]:
    """Yield the pipeline's root and each of its components."""
    yield ("root",), mapping_at(pipeline.value, "root")
    components = mapping_at(pipeline.value, "components")
    for name in components:
        yield ("components", name), mapping_at(components, name)
