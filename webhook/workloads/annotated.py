"""What the commands that read manifests say of annotations: those that reach no Pod, and keys that nobody takes.

A manifest has not been at an API server yet, which would refuse such a key, and would leave the others unread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from webhook.admission.annotations.parse import parse_annotations
from webhook.admission.annotations.qualified_keys import problem_with_key
from webhook.admission.pod.ownership import RawPod
from webhook.admission.problems import Rejected
from webhook.admission.rawjson import mapping_in
from webhook.workloads.fieldpath import render_keys
from webhook.workloads.manifest import Manifest
from webhook.workloads.registry import ManifestPod
from webhook.workloads.unreachable import find_strays, right_place


def stray_lines(manifest: Manifest, pods: Iterable[ManifestPod]) -> Iterator[str]:
    """Say of each mapping that asks for secrets and reaches no Pod where it should stand."""
    for keys, stray in find_strays(manifest, pods):
        if asks({"metadata": {"annotations": stray}}):
            where = f"{render_keys(keys)} reaches no Pod"
            yield f"{named(manifest, manifest.place(keys))}: {where}; {right_place(manifest)}"


def key_problems(pod: RawPod) -> list[str]:
    """Say of each annotation by which a Pod asks for secrets why an API server takes no such key, if it does not."""
    found = mapping_in(mapping_in(pod, "metadata"), "annotations")
    keys = [key for key in found if asks({"metadata": {"annotations": {key: found[key]}}})]
    return [f"{key}: {problem}" for key in keys if (problem := problem_with_key(key)) is not None]


def asks(pod: RawPod) -> bool:
    """Whether its annotations are of omamori, well formed or not."""
    try:
        return parse_annotations(pod) is not None
    except Rejected:
        return True


def named(manifest: Manifest, place: str) -> str:
    """Return an object as people call it, with its place in front where it has one."""
    return f"{place}: {manifest}" if place else str(manifest)
