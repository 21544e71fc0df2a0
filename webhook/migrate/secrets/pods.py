"""Decide whether a Pod moves: its new form has to be one that the webhook takes."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from webhook.admission.decision import Denied, Patched, decide
from webhook.admission.pod.tools import is_tool
from webhook.admission.rawjson import MalformedReview
from webhook.admission.review import AdmissionRequest
from webhook.config.settings import Settings
from webhook.migrate.secrets.annotations import write
from webhook.migrate.secrets.uses import Sources, Uses, find_uses
from webhook.workloads.fieldpath import Keys

CONTAINERS = "omamori.dev/containers"
_GROUPS = ("initContainers", "containers")


@dataclass(frozen=True, slots=True)
class Moved:
    """What a Pod gets and loses: annotations, and parts of its spec by their keys."""

    annotations: Mapping[str, str]
    removed: Sequence[Keys]
    variables: int
    files: int
    notes: tuple[str, ...] = ()

    def plus(self, other: Moved) -> Moved:
        """Return both."""
        return Moved(
            {**self.annotations, **other.annotations},
            (*self.removed, *other.removed),
            self.variables + other.variables,
            self.files + other.files,
            self.notes + other.notes,
        )


@dataclass(frozen=True, slots=True)
class Stays:
    """Why a Pod is left as it is."""

    reasons: tuple[str, ...]


def move(template: Mapping[str, Any], sources: Sources) -> Moved | Stays | None:
    """Move a Pod. None: it takes nothing from these Secrets. Whether the webhook takes the result is for `judged`."""
    metadata, spec = template.get("metadata") or {}, template["spec"]
    uses = find_uses(spec, sources)
    if not uses.removed and not uses.reasons:
        return None
    if uses.reasons:
        return Stays(tuple(dict.fromkeys(uses.reasons)))
    made = write(uses.wishes, metadata.get("annotations") or {}, is_alone=is_alone(template))
    notes = tuple(dict.fromkeys(uses.notes))
    return Moved(made, tuple(uses.removed), *_counts(uses), notes)


def is_alone(template: Mapping[str, Any]) -> bool:
    """Whether a Pod has one container that gets all secrets: no other, and nothing that says which do."""
    metadata, spec = template.get("metadata") or {}, template["spec"]
    names = [str(each.get("name")) for group in _GROUPS for each in spec.get(group) or ()]
    annotations = metadata.get("annotations") or {}
    is_a_tools = any(is_tool(name, metadata.get("labels") or {}) for name in names)
    return len(names) == 1 and CONTAINERS not in annotations and not is_a_tools


def judged(template: Mapping[str, Any], namespace: str, settings: Settings, moved: Moved) -> Moved | Stays:
    """Return what a Pod gets and loses, if the webhook would inject it so; its warnings become notes."""
    if not moved.annotations:
        return moved
    annotations = (template.get("metadata") or {}).get("annotations") or {}
    labels = (template.get("metadata") or {}).get("labels") or {}
    metadata = {"annotations": {**annotations, **moved.annotations}, "labels": labels, "namespace": namespace}
    spec = taken_out(template["spec"], moved.removed)
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
    request = AdmissionRequest("migrate", namespace, "", "CREATE", "", is_dry_run=True, pod=pod)
    try:
        decision = decide(request, settings)
    except MalformedReview as error:
        return Stays((str(error),))
    if isinstance(decision, Denied):
        return Stays(tuple(map(str, decision.problems)))
    if not isinstance(decision, Patched):
        return Stays((f"the webhook would inject nothing: {decision.reason.meaning}",))
    return replace(moved, notes=(*moved.notes, *decision.warnings))


def _counts(uses: Uses) -> tuple[int, int]:
    variables = sum(each.prefix.startswith("env.") for each in uses.wishes)
    return variables, len(uses.wishes) - variables


def taken_out(spec: Mapping[str, Any], removed: Sequence[Keys]) -> dict[str, Any]:
    """Return a spec without parts, and without the lists that are then empty."""
    after = copy.deepcopy(dict(spec))
    take_out(after, removed)
    return after


def take_out(spec: Any, removed: Sequence[Keys]) -> None:
    """Take parts out of a spec, the last of a list first, and lists that are then empty."""
    for *above, last in sorted(removed, key=_order, reverse=True):
        parent = spec
        for key in above:
            parent = parent[key]
        del parent[last]
        if not parent:
            *outer, name = above
            holder = spec
            for key in outer:
                holder = holder[key]
            del holder[name]


def _order(keys: Keys) -> tuple[tuple[str, int], ...]:
    return tuple(("", each) if isinstance(each, int) else (each, 0) for each in keys)
