"""Check an object: what the webhook decides on each of its Pods, and annotations that reach none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ruamel.yaml.nodes import Node, ScalarNode

from vault.policy.files.model import Access
from webhook.admission.annotations.dialects import dialects_of
from webhook.admission.annotations.qualified_keys import problem_with_key
from webhook.admission.decision import Denied, Patched, decide
from webhook.admission.rawjson import MalformedReview
from webhook.admission.reasons import Reason
from webhook.admission.review import AdmissionRequest
from webhook.config.settings import Settings
from webhook.lint.access import find_gaps
from webhook.lint.finding import Finding, Level, finding
from webhook.lint.traps import find_traps
from webhook.sources.settings import PodSettings
from webhook.workloads.annotated import Dialects, annotations_of, ours_among
from webhook.workloads.fieldpath import Keys, render_keys
from webhook.workloads.manifest import Manifest, ManifestInvalid
from webhook.workloads.planned import plan_pod
from webhook.workloads.podtemplate import RawObject
from webhook.workloads.registry import ManifestPod, find_pods
from webhook.workloads.unreachable import find_annotations, find_references, find_strays, right_place

# which are strings in YAML 1.2
_BOOLEANS_OF_YAML_1_1 = frozenset(
    {each for word in ("y", "yes", "n", "no", "on", "off") for each in (word, word.capitalize(), word.upper())}
)


def check(
    manifest: Manifest, settings: PodSettings, namespace: str, pipeline_account: str, access: Access | None = None
) -> set[Finding]:
    """Return the findings of an object. `namespace` is for one that names none.

    `access` None: what the Pods' roles may read is not checked.
    """
    dialects = dialects_of(settings.usual, manifest.namespace or namespace)
    untyped = set(_untyped(manifest, dialects))
    try:
        pods = find_pods(manifest, namespace, pipeline_account)
    except ManifestInvalid as error:
        return untyped or {finding(manifest, (), Level.ERROR, "unreadable", error.mistake.what)}
    traps = set(find_traps(manifest, dialects))
    trapped = {each.place for each in traps}
    found = {*untyped, *traps, *(each for each in _unreachable(manifest, pods, dialects) if each.place not in trapped)}
    if all(each.level > Level.ERROR for each in untyped):  # else the API server takes none of its Pods
        for pod in pods:
            found |= set(_pod(pod, settings.of(pod), dialects, access))
    return found


def _untyped(manifest: Manifest, dialects: Dialects) -> Iterator[Finding]:
    for keys, found in find_annotations(manifest):
        for key in ours_among(found, dialects):
            value = found[key]
            node = manifest.node((*keys, key))
            if not isinstance(value, str):
                written = "" if value is None else json.dumps(value, ensure_ascii=False)
                what = f'{key}: is no string; write it in quotes: "{written}"'
                yield finding(manifest, (*keys, key), Level.ERROR, "not-text", what)
            elif value in _BOOLEANS_OF_YAML_1_1 and node is not None and _is_plain(node):
                what = f'{key}: is no string for kubectl and Helm, which read YAML 1.1; write it in quotes: "{value}"'
                yield finding(manifest, (*keys, key), Level.WARNING, "not-text", what)  # kustomize quotes it


def _is_plain(node: Node) -> bool:
    """Whether a value is written without quotes and without a tag."""
    mark = node.start_mark
    return isinstance(node, ScalarNode) and not node.style and mark.buffer[mark.pointer] != "!"


def _unreachable(manifest: Manifest, pods: list[ManifestPod], dialects: Dialects) -> Iterator[Finding]:
    for keys, stray in find_strays(manifest, pods):
        ours = ours_among(stray, dialects)
        if ours:
            what = f"{render_keys(keys)} reaches no Pod; {right_place(manifest)}"
            yield finding(manifest, (*keys, ours[0]), Level.ERROR, "unreachable", what)
    for keys in find_references(manifest):
        what = f"{render_keys(keys)}: its Pods also get this object's annotations and ServiceAccount; not checked"
        yield finding(manifest, keys, Level.NOTE, "reference", what)


def _pod(pod: ManifestPod, settings: Settings, dialects: Dialects, access: Access | None) -> Iterator[Finding]:
    manifest = pod.manifest
    annotations = annotations_of(pod.pod)
    wrong_keys = [(key, problem) for key in ours_among(annotations, dialects) if (problem := problem_with_key(key))]
    for key, problem in wrong_keys:
        yield finding(manifest, _keys_of(pod, key), Level.ERROR, "annotation-key", f"{key}: {problem}")
    if wrong_keys:
        return
    request = AdmissionRequest("lint", pod.namespace, "", "CREATE", "", is_dry_run=True, pod=pod.pod)
    try:
        decision = decide(request, settings)
    except MalformedReview as error:
        yield finding(manifest, (), Level.ERROR, "unreadable", str(error))
        return
    if isinstance(decision, Denied):
        for each in decision.problems:
            yield finding(manifest, _keys_of(pod, each.where), Level.ERROR, str(each.reason), str(each))
        if decision.more:
            what = f"and {decision.more} more problems of this Pod, which show when these are solved"
            yield finding(manifest, _keys_of(pod, ""), Level.ERROR, str(decision.reason), what)
        return
    for warning in decision.warnings:
        key = next((key for key in annotations if warning.startswith(f"{key}:")), "")
        yield finding(manifest, _keys_of(pod, key), Level.WARNING, "admission-warning", warning)
    if access is not None and (isinstance(decision, Patched) or decision.reason is Reason.ALREADY_INJECTED):
        for gap in find_gaps(plan_pod(pod, settings), access, settings.default_vault):
            what = f"{gap.annotation}: {gap.what}" if gap.annotation else gap.what
            yield finding(manifest, _keys_of(pod, gap.annotation), gap.level, gap.rule, what)


def _keys_of(pod: ManifestPod, where: str) -> Keys:
    """Return the last place in the manifest that has an annotation; else where the Pod's annotations are."""
    for keys in reversed(pod.annotated):
        if where in _at(pod.manifest.value, keys):
            return (*keys, where)
    return next((keys for keys in reversed(pod.annotated) if _at(pod.manifest.value, keys)), ())


def _at(value: RawObject, keys: Keys) -> RawObject:
    """Return the object at keys of the manifest; empty if it has none: a kind may have annotations or not."""
    found: Any = value
    for key in keys:
        try:
            found = found[key]
        except (KeyError, IndexError, TypeError):
            return {}
    return found if isinstance(found, dict) else {}
