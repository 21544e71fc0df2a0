"""What tools do with annotations before a Pod has them: each rule is a trap of one tool.

Sources, in their documentation: Argo Workflows "Variables", Argo Rollouts "Analysis" and "Ephemeral metadata", Argo
Events "Trigger Parameterization", Flux "Post build variable substitution", Spinnaker "Pipeline Expressions".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from webhook.lint.finding import Finding, Level, finding
from webhook.workloads.annotated import Dialects, ours_among
from webhook.workloads.fieldpath import Keys, render_keys
from webhook.workloads.manifest import Manifest
from webhook.workloads.unreachable import find_annotations

_ARGO = "argoproj.io"
_WORKFLOWS = {"Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate", "CronWorkflow"}
_ANALYSES = {"AnalysisTemplate", "ClusterAnalysisTemplate", "AnalysisRun"}
_LIVE = {"canaryMetadata", "stableMetadata", "activeMetadata", "previewMetadata"}
_OURS = ("omamori.dev/", ".omamori.dev/", "vault.hashicorp.com/")


def find_traps(manifest: Manifest, dialects: Dialects) -> Iterator[Finding]:
    """Yield what a tool would do with annotations of ours that the author may not know."""
    for keys, found in find_annotations(manifest):
        for key in ours_among(found, dialects):
            if isinstance(found[key], str):
                yield from _of_value(manifest, (*keys, key), key, found[key])
    if manifest.group == _ARGO and manifest.kind == "Rollout":
        yield from _live_pods(manifest, dialects)
    if manifest.group == _ARGO and manifest.kind == "Sensor":
        yield from _parameters(manifest, manifest.value, ())


def _of_value(manifest: Manifest, keys: Keys, key: str, value: str) -> Iterator[Finding]:
    if "{{" in value and manifest.group == _ARGO:
        if manifest.kind in _WORKFLOWS or _is_within_workflow(manifest, keys):
            what = f"{key}: Argo Workflows replaces {{{{…}}}} in it before the Pod is made{_instead(key)}"
            yield finding(manifest, keys, Level.WARNING, "braces", what)
        elif manifest.kind in _ANALYSES:
            what = f"{key}: Argo Rollouts takes {{{{…}}}} for an argument, and fails without it{_instead(key)}"
            yield finding(manifest, keys, Level.ERROR, "braces", what)
    if "${" in value:
        what = f"{key}: Flux (postBuild) and Spinnaker replace ${{…}}; for Flux write $${{…}}"
        yield finding(manifest, keys, Level.NOTE, "dollar", what)


def _instead(key: str) -> str:
    return "; a template's own delimiters may be [[ and ]]" if "template" in key else ""


def _is_within_workflow(manifest: Manifest, keys: Keys) -> bool:
    """Whether a part is of a Workflow that a Sensor submits."""
    return manifest.kind == "Sensor" and "argoWorkflow" in keys


def _live_pods(manifest: Manifest, dialects: Dialects) -> Iterator[Finding]:
    for keys, found in find_annotations(manifest):
        ours = ours_among(found, dialects)
        if len(keys) > 1 and keys[-2] in _LIVE and ours:
            what = (
                f"{render_keys(keys)} is exchanged on Pods that run, which the webhook does not see: a Pod that is "
                "promoted keeps what it was created with; put it in spec.template.metadata.annotations"
            )
            yield finding(manifest, (*keys, ours[0]), Level.ERROR, "live-pods", what)


def _parameters(manifest: Manifest, value: Any, keys: Keys) -> Iterator[Finding]:
    """Yield parameters of triggers whose destination is an annotation of ours: whoever sends the event chooses it."""
    if isinstance(value, dict):
        dest = value.get("dest")
        if isinstance(dest, str) and any(each in dest.replace("\\", "") for each in _OURS):
            what = f"{render_keys((*keys, 'dest'))}: {dest}: whoever sends the event chooses what is read from Vault"
            yield finding(manifest, (*keys, "dest"), Level.ERROR, "trigger-parameter", what)
        for name, each in value.items():
            yield from _parameters(manifest, each, (*keys, name))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _parameters(manifest, each, (*keys, number))
