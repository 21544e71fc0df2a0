"""Manifests as other tools give them, and what omamori's commands say of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.vault.cases import FOLDER
from webhook.admission.annotations.dialects import OURS
from webhook.explain.picture import PodView
from webhook.explain.view import view
from webhook.lint.check import check
from webhook.lint.finding import Finding
from webhook.sources.settings import PodSettings, assumed_settings
from webhook.workloads.manifest import Manifest, parse_manifests
from webhook.workloads.registry import ManifestPod, find_kind, find_pods

SETTINGS = assumed_settings(frozenset())
_ACCOUNT = "pipeline-runner"
_EMPTIED = {"annotations", "metadata", "podMetadata"}


def objects_with_pods() -> Iterator[dict[str, Any]]:
    """Yield the objects of tests/cases/manifests that make Pods, without their annotations of omamori."""
    for file in sorted((FOLDER / "manifests").glob("*.yaml")):
        for manifest in parse_manifests(file.name, file.read_text()):
            if find_kind(manifest.group, manifest.kind) is not None:
                yield _without_ours(manifest.value)


def _without_ours(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        kept = {
            key: _without_ours(each, key) for key, each in value.items() if name != "annotations" or not OURS.has(key)
        }
        return {key: each for key, each in kept.items() if key != "annotations" or each}
    return [_without_ours(each) for each in value] if isinstance(value, list) else value


def lint(value: Mapping[str, Any]) -> set[Finding]:
    """Return what `omamori lint` finds in an object."""
    return check(Manifest(value), PodSettings(SETTINGS, lambda _pod: SETTINGS), "default", _ACCOUNT)


def explain(value: Mapping[str, Any]) -> list[PodView]:
    """Return what `omamori explain` shows of the Pods of an object that ask for secrets."""
    return [view(pod, SETTINGS) for pod in find_pods(Manifest(value)) if any(map(OURS.has, annotations_of(pod)))]


def annotations_of(pod: ManifestPod) -> Mapping[str, str]:
    """Return the annotations of a Pod."""
    found: Mapping[str, str] = pod.pod["metadata"].get("annotations", {})
    return found


def is_its_own(pod: ManifestPod) -> bool:
    """Whether a Pod is of the object itself: not of one within it, nor of those that delete artifacts."""
    metadata = pod.pod["metadata"]
    owner = metadata.get("ownerReferences", [{"name": pod.manifest.metadata["name"]}])[0]["name"]
    component = metadata.get("labels", {}).get("workflows.argoproj.io/component")
    return bool(owner == pod.manifest.metadata["name"] and component != "artifact-gc")


def without(value: Any, unwanted: set[str]) -> Any:
    """Give a value without annotations, and without the metadata that are then empty."""
    if isinstance(value, dict):
        kept = {key: without(each, unwanted) for key, each in value.items() if key not in unwanted}
        return {key: each for key, each in kept.items() if each or key not in _EMPTIED}
    return [without(each, unwanted) for each in value] if isinstance(value, list) else value
