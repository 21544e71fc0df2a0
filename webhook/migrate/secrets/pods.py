"""Decide whether a Pod moves: its new form has to be one that the webhook takes."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webhook.admission.decision import Denied, decide
from webhook.admission.review import AdmissionRequest
from webhook.config.settings import Settings
from webhook.migrate.secrets.annotations import write
from webhook.migrate.secrets.uses import Sources, Uses, find_uses
from webhook.workloads.fieldpath import Keys


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


def move(template: Mapping[str, Any], namespace: str, sources: Sources, settings: Settings) -> Moved | Stays | None:
    """Move a Pod. None: it takes nothing from these Secrets."""
    metadata, spec = template.get("metadata") or {}, template["spec"]
    uses = find_uses(spec, sources)
    if not uses.removed and not uses.reasons:
        return None
    if uses.reasons:
        return Stays(tuple(dict.fromkeys(uses.reasons)))
    annotations = dict(metadata.get("annotations") or {})
    containers = [str(each.get("name")) for each in spec.get("containers", ())]
    made = write(uses.wishes, containers, annotations)
    notes = tuple(dict.fromkeys(uses.notes))
    return judged(template, namespace, settings, Moved(made, tuple(uses.removed), *_counts(uses), notes))


def judged(template: Mapping[str, Any], namespace: str, settings: Settings, moved: Moved) -> Moved | Stays:
    """Return what a Pod gets and loses, if the webhook would take it so."""
    annotations = (template.get("metadata") or {}).get("annotations") or {}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"annotations": {**annotations, **moved.annotations}, "namespace": namespace},
        "spec": taken_out(template["spec"], moved.removed),
    }
    request = AdmissionRequest("migrate", namespace, "", "CREATE", "", is_dry_run=True, pod=pod)
    decision = decide(request, settings)
    return Stays(tuple(map(str, decision.problems))) if isinstance(decision, Denied) else moved


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
