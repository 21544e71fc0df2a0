"""Find annotations of an object that reach none of its Pods, or reach Pods of others, and where they belong.

Every mapping named `annotations` is checked, wherever it is: a misplaced request for secrets has no effect. A Workflow
may run templates of others; what it sets for all of its Pods also applies to those.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from webhook.workloads.fieldpath import Keys
from webhook.workloads.kinds import kubeflow
from webhook.workloads.kinds.elsewhere import INSTEAD
from webhook.workloads.manifest import Manifest
from webhook.workloads.podtemplate import RawObject
from webhook.workloads.registry import ManifestPod, find_kind

_GROUP = "argoproj.io"
_WHOLE = "workflowTemplateRef"
_REFERENCES = (_WHOLE, "templateRef")


def find_strays(manifest: Manifest, pods: Iterable[ManifestPod]) -> list[tuple[Keys, RawObject]]:
    """Return each mapping of annotations that reaches no Pod, with its keys."""
    known = {keys for pod in pods for keys in pod.annotated}
    parts = _mappings(manifest.value, ())
    known |= {(*keys, "podMetadata", "annotations") for keys, part in parts if _WHOLE in part}
    return [(keys, each) for keys, each in find_annotations(manifest) if keys not in known]


def find_annotations(manifest: Manifest) -> Iterator[tuple[Keys, RawObject]]:
    """Yield each mapping named `annotations`, with its keys, wherever it is."""
    for keys, part in _mappings(manifest.value, ()):
        found = part.get("annotations")
        if isinstance(found, dict):
            yield (*keys, "annotations"), found


def find_references(manifest: Manifest) -> list[Keys]:
    """Return the keys of references to templates of another workflow."""
    if manifest.group != _GROUP:
        return []
    return [(*keys, name) for keys, part in _mappings(manifest.value, ()) for name in _REFERENCES if part.get(name)]


def right_place(manifest: Manifest) -> str:
    """Return where annotations of such an object belong."""
    kind = find_kind(manifest.group, manifest.kind)
    if kubeflow.is_platform(manifest.value):
        return f"put it in {kubeflow.PLACES}"
    if kind is not None:
        return f"put it in {kind.places}"
    return INSTEAD.get((manifest.group, manifest.kind), "omamori knows no Pods of this kind")


def _mappings(value: Any, keys: Keys) -> Iterator[tuple[Keys, RawObject]]:
    """Yield each mapping in a value, with its keys."""
    if isinstance(value, dict):
        yield keys, value
        for name, each in value.items():
            yield from _mappings(each, (*keys, name))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _mappings(each, (*keys, number))
