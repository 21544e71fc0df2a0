"""Report annotations of manifests that reach no Pod, and invalid annotation keys.

No API server has validated a manifest yet: it would refuse an invalid key, and ignore the misplaced annotations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from webhook.admission.annotations.dialects import parse_any
from webhook.admission.annotations.qualified_keys import problem_with_key
from webhook.admission.pod.ownership import RawPod
from webhook.admission.problems import Rejected
from webhook.admission.rawjson import mapping_in
from webhook.workloads.fieldpath import render_keys
from webhook.workloads.manifest import Manifest
from webhook.workloads.registry import ManifestPod
from webhook.workloads.unreachable import find_strays, right_place


def stray_lines(manifest: Manifest, pods: Iterable[ManifestPod]) -> Iterator[str]:
    """Report where each mapping belongs that asks for secrets but reaches no Pod."""
    for keys, stray in find_strays(manifest, pods):
        if asks({"metadata": {"annotations": stray}}):
            where = f"{render_keys(keys)} reaches no Pod"
            yield f"{named(manifest, manifest.place(keys))}: {where}; {right_place(manifest)}"


def key_problems(pod: RawPod) -> list[str]:
    """Report each annotation of ours whose key an API server would refuse."""
    found = mapping_in(mapping_in(pod, "metadata"), "annotations")
    keys = [key for key in found if asks({"metadata": {"annotations": {key: found[key]}}})]
    return [f"{key}: {problem}" for key in keys if (problem := problem_with_key(key)) is not None]


def asks(pod: RawPod) -> bool:
    """Whether it has annotations of omamori, well formed or not."""
    try:
        return parse_any(pod) is not None
    except Rejected:
        return True


def named(manifest: Manifest, place: str) -> str:
    """Return the display name of an object, with its position in front if it has one."""
    return f"{place}: {manifest}" if place else str(manifest)
