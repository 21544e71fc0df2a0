"""Detect Windows Pods by their own fields: a Linux init container could never start there.

Facts
- `os.name` is Kubernetes' own way to say it; a nodeSelector or a required node affinity says it by the label of nodes,
  `kubernetes.io/os`, which was `beta.kubernetes.io/os` before 1.14.
- The terms of an affinity are alternatives, the expressions of a term go together, and an empty term matches no node
  (k8s.io/api/core/v1, NodeSelectorTerm). A preference decides nothing.
- hostProcess containers exist on Windows alone. What a RuntimeClass selects cannot be seen from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from webhook.admission.rawjson import mapping_in, objects_in, text_in, texts_in

_LABELS = ("kubernetes.io/os", "beta.kubernetes.io/os")
_BUILD_LABEL = "node.kubernetes.io/windows-build"


class Windows(NamedTuple):
    """Whether the Pod can run on Windows nodes alone; whether it has fields that only Windows reads."""

    is_certain: bool
    is_hinted_at: bool


def read_windows(spec: Mapping[str, Any]) -> Windows:
    """Read what a Pod's spec says. Raises MalformedReview."""
    options = _windows_options(spec)
    return Windows(_is_said(spec) or any(each.get("hostProcess") is True for each in options), any(options))


def _is_said(spec: Mapping[str, Any]) -> bool:
    if text_in(mapping_in(spec, "os"), "name") == "windows":
        return True
    node = mapping_in(spec, "nodeSelector")
    if node and (_BUILD_LABEL in node or any(node.get(label) == "windows" for label in _LABELS)):
        return True
    return "affinity" in spec and _affinity_wants_windows(mapping_in(spec, "affinity"))


def _windows_options(spec: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return `windowsOptions` of the Pod and of its containers; most have no securityContext."""
    parts = (spec, *objects_in(spec, "containers"), *objects_in(spec, "initContainers"))
    contexts = [mapping_in(each, "securityContext") for each in parts if each.get("securityContext")]
    return [mapping_in(each, "windowsOptions") for each in contexts if "windowsOptions" in each]


def _affinity_wants_windows(affinity: Mapping[str, Any]) -> bool:
    required = mapping_in(mapping_in(affinity, "nodeAffinity"), "requiredDuringSchedulingIgnoredDuringExecution")
    terms = [
        term
        for term in objects_in(required, "nodeSelectorTerms")
        if objects_in(term, "matchExpressions") or objects_in(term, "matchFields")
    ]
    return bool(terms) and all(any(map(_wants_windows, objects_in(term, "matchExpressions"))) for term in terms)


def _wants_windows(expression: Mapping[str, Any]) -> bool:
    key, operator = text_in(expression, "key"), text_in(expression, "operator")
    if key == _BUILD_LABEL:
        return operator in {"In", "Exists", "Gt", "Lt"}
    if key not in _LABELS:
        return False
    values = texts_in(expression, "values")
    return (operator == "In" and set(values) == {"windows"}) or (operator == "NotIn" and "linux" in values)
