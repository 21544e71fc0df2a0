"""Registry of the kinds that have Pods, and lookup of an object's Pods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vault.places import Mistake
from webhook.admission.rawjson import MalformedReview, mapping_in
from webhook.workloads import PIPELINE_ACCOUNT
from webhook.workloads.fieldpath import Keys
from webhook.workloads.kinds import core, events, kubeflow, rollouts, workflows
from webhook.workloads.manifest import Manifest, ManifestInvalid
from webhook.workloads.podtemplate import Found, Kind, Nested, RawObject

KINDS: tuple[Kind, ...] = (*core.KINDS, *rollouts.KINDS, *workflows.KINDS, *events.KINDS)

_BY_NAME: Mapping[tuple[str, str], Kind] = {(each.api_version.rpartition("/")[0], each.name): each for each in KINDS}


@dataclass(frozen=True, slots=True, eq=False)
class ManifestPod:
    """A Pod of an object, in its namespace. `annotated` are the field paths of its annotations."""

    manifest: Manifest
    namespace: str
    pod: RawObject
    annotated: tuple[Keys, ...]


def find_kind(group: str, name: str) -> Kind | None:
    """Return the kind of an object, for any API version. None: it has no Pods."""
    return _BY_NAME.get((group, name))


def find_pods(
    manifest: Manifest, namespace: str = "default", pipeline_account: str = PIPELINE_ACCOUNT
) -> list[ManifestPod]:
    """Return the Pods of an object; empty if its kind has none. Raises ManifestInvalid.

    `namespace` is for objects without one; `pipeline_account` is the ServiceAccount of Kubeflow's pipelines.
    """
    try:
        return list(_pods(manifest, manifest.value, (), namespace, pipeline_account))
    except MalformedReview as error:
        raise ManifestInvalid(Mistake(manifest.position(), f"{manifest}: {error}")) from None
    except RecursionError:
        raise ManifestInvalid(Mistake(manifest.position(), f"{manifest}: is nested too deeply")) from None


def _pods(
    manifest: Manifest, value: RawObject, keys: Keys, namespace: str, pipeline_account: str
) -> Iterator[ManifestPod]:
    inner = Manifest(value)
    here = inner.namespace or namespace
    for found in _found(inner, pipeline_account):
        if isinstance(found, Nested):
            yield from _pods(manifest, found.value, (*keys, *found.keys), here, pipeline_account)
        else:
            metadata = {**mapping_in(found.pod, "metadata"), "namespace": here}
            mapping_in(metadata, "annotations")  # what a Pod's own manifest has in it, no rule has looked at
            pod: dict[str, Any] = {**found.pod, "metadata": metadata}
            yield ManifestPod(manifest, here, pod, tuple((*keys, *each) for each in found.annotated))


def _found(manifest: Manifest, pipeline_account: str) -> Iterator[Found]:
    if kubeflow.is_platform(manifest.value):
        yield from kubeflow.find_executors(manifest.value, pipeline_account)
        return
    kind = find_kind(manifest.group, manifest.kind)
    if kind is not None:
        yield from kind.rule(manifest.value)
