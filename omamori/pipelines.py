"""Annotate the Pods of pipelines written in Python: tasks of Kubeflow Pipelines, and workflows by hera.

Neither library is a dependency, and each is imported when it is used: kfp wants a client of Kubernetes older than the
one of omamori's commands. Whether the webhook would take the annotations is for `omamori lint` to say, of the result.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeVar

_OURS = re.compile(r"(?:[a-z-]+\.)?omamori\.dev/.+", re.DOTALL)

Task = TypeVar("Task")
Object = TypeVar("Object")


class AnnotationsInvalid(ValueError):
    """Annotations that no Pod could have, or that Argo would change. The message has every mistake."""


def checked(annotations: Mapping[str, str]) -> dict[str, str]:
    """Return annotations as they are, for a decorator such as hera's `script`. Raises AnnotationsInvalid."""
    mistakes = [f"{key}: {mistake}" for key, value in annotations.items() for mistake in _mistakes(key, value)]
    if mistakes:
        raise AnnotationsInvalid("; ".join(mistakes))
    return dict(annotations)


def _mistakes(key: str, value: object) -> Iterator[str]:
    if not _OURS.fullmatch(key):
        yield "is no annotation of omamori"
    if not isinstance(value, str):
        yield f"the value is of the type {type(value).__name__}; write a string"
    elif "{{" in value:
        yield "Argo replaces {{…}} before the Pod is made; in a template write [[ ]]"
    elif not value:
        yield "is empty"


def annotate_task(task: Task, annotations: Mapping[str, str], *, caching: bool = False) -> Task:
    """Annotate the Pod of a task of Kubeflow Pipelines, by kfp-kubernetes, and return the task.

    The task is not taken from the cache unless `caching` is true: the key of the cache has no secret in it, so a run
    with a changed secret would be the old run's result. Raises AnnotationsInvalid; ImportError without kfp-kubernetes.
    """
    from kfp.kubernetes import add_pod_annotation  # noqa: PLC0415 - see the top of this file

    for key, value in checked(annotations).items():
        add_pod_annotation(task, key, value)
    task.set_caching_options(caching)  # type: ignore[attr-defined]
    return task


def annotate_workflow(target: Object, annotations: Mapping[str, str]) -> Object:
    """Annotate the Pods of a hera workflow of any kind, or the Pod of one of its templates, and return it.

    The `annotations` of a hera workflow itself are those of the Workflow, and reach no Pod. Raises AnnotationsInvalid,
    TypeError for what is neither a workflow nor a template, and ImportError without hera.
    """
    from hera.workflows import Workflow  # noqa: PLC0415 - see the top of this file
    from hera.workflows.models import Metadata  # noqa: PLC0415

    given = checked(annotations)
    if isinstance(target, Workflow):
        metadata = target.pod_metadata or Metadata()
        metadata.annotations = {**(metadata.annotations or {}), **given}
        target.pod_metadata = metadata
    elif hasattr(target, "annotations"):
        target.annotations = {**(target.annotations or {}), **given}
    else:
        raise TypeError(f"{type(target).__name__} is neither a workflow of hera nor one of its templates")
    return target
