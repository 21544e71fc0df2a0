"""Whether a Pod runs on Windows, as far as its own fields say: a Linux init container could never be started there.

Facts
- `os.name` is Kubernetes' own way to say it; a nodeSelector or a required node affinity says it by the label of nodes,
  `kubernetes.io/os`, which was `beta.kubernetes.io/os` before 1.14.
- The terms of an affinity are alternatives, the expressions of a term go together, and an empty term matches no node
  (k8s.io/api/core/v1, NodeSelectorTerm). A preference decides nothing.
- hostProcess containers exist on Windows alone. What a RuntimeClass selects cannot be seen from here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from webhook.shapes import mapping_in, objects_in, text_in, texts_in

_LABELS = ("kubernetes.io/os", "beta.kubernetes.io/os")
_BUILD_LABEL = "node.kubernetes.io/windows-build"


def is_windows(spec: Mapping[str, Any]) -> bool:
    """Whether the Pod can run on Windows nodes alone. Raises MalformedReview."""
    node = mapping_in(spec, "nodeSelector")
    if text_in(mapping_in(spec, "os"), "name") == "windows" or _BUILD_LABEL in node:
        return True
    if any(node.get(label) == "windows" for label in _LABELS):
        return True
    if "affinity" in spec and _affinity_wants_windows(mapping_in(spec, "affinity")):
        return True
    return any(options.get("hostProcess") is True for options in _windows_options(spec))


def hints_at_windows(spec: Mapping[str, Any]) -> bool:
    """Whether the Pod has fields that only Windows reads, though nothing says that it runs there."""
    return any(_windows_options(spec))


def _windows_options(spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for each in (spec, *objects_in(spec, "containers"), *objects_in(spec, "initContainers")):
        if each.get("securityContext"):  # most have none
            security = mapping_in(each, "securityContext")
            if "windowsOptions" in security:
                yield mapping_in(security, "windowsOptions")


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
