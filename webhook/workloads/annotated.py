"""Report annotations of manifests that reach no Pod, and invalid annotation keys.

No API server has validated a manifest yet: it would refuse an invalid key, and ignore the misplaced annotations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from webhook.admission.annotations.dialects import Dialect
from webhook.admission.annotations.qualified_keys import problem_with_key
from webhook.admission.pod.ownership import RawPod
from webhook.admission.rawjson import mapping_in
from webhook.workloads.fieldpath import render_keys
from webhook.workloads.manifest import Manifest
from webhook.workloads.registry import ManifestPod
from webhook.workloads.unreachable import find_strays, right_place

Dialects = tuple[Dialect, ...]


def stray_lines(manifest: Manifest, pods: Iterable[ManifestPod], dialects: Dialects) -> Iterator[str]:
    """Report where each mapping belongs that has annotations of ours but reaches no Pod."""
    for keys, stray in find_strays(manifest, pods):
        if ours_among(stray, dialects):
            where = f"{render_keys(keys)} reaches no Pod"
            yield f"{named(manifest, manifest.place(keys))}: {where}; {right_place(manifest)}"


def key_problems(pod: RawPod, dialects: Dialects) -> list[str]:
    """Report each annotation of ours whose key an API server would refuse."""
    ours = ours_among(annotations_of(pod), dialects)
    return [f"{key}: {problem}" for key in ours if (problem := problem_with_key(key)) is not None]


def annotations_of(pod: RawPod) -> Mapping[str, Any]:
    """Return a Pod's annotations. Raises MalformedReview."""
    return mapping_in(mapping_in(pod, "metadata"), "annotations")


def ours_among(annotations: Iterable[str], dialects: Dialects) -> list[str]:
    """Return the keys of annotations that are of one of the dialects, well formed or not."""
    return [key for key in annotations if any(each.has(key) for each in dialects)]


def named(manifest: Manifest, place: str) -> str:
    """Return the display name of an object, with its position in front if it has one."""
    return f"{place}: {manifest}" if place else str(manifest)
