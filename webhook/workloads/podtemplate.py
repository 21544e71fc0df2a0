"""Definition of a kind: the Pods that its controller would create, and where it takes annotations from.

A Pod has only what matters for secrets: its metadata, the names of its containers, its ServiceAccount, its security
context. `ownerReferences` name the kind that creates it, without a uid, because a manifest has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from webhook.admission.rawjson import mapping_in
from webhook.workloads.fieldpath import Keys, find_objects, mapping_at

RawObject = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class PodTemplate:
    """A Pod of an object. `annotated` are the field paths of its annotations: a later one overrides an earlier one."""

    pod: RawObject
    annotated: tuple[Keys, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Nested:
    """A complete object inside another one, which creates it."""

    value: RawObject
    keys: Keys


Found = PodTemplate | Nested
Rule = Callable[[RawObject], Iterable[Found]]


@dataclass(frozen=True, slots=True)
class Owner:
    """The kind of object that creates a Pod."""

    api_version: str
    kind: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object. `places` describes where annotations reach a Pod; "": nowhere.

    `rule` raises MalformedReview for an invalid structure.
    """

    api_version: str
    name: str
    rule: Rule
    places: str
    is_namespaced: bool = True


REPLICA_SET = Owner("apps/v1", "ReplicaSet")
JOB = Owner("batch/v1", "Job")


def templated(
    api_version: str, name: str, place: str, owner: Owner | None = None, *, is_namespaced: bool = True
) -> Kind:
    """Define a kind that has Pod templates at a field path. `owner` None: it creates the Pods itself."""
    makes = owner or Owner(api_version, name)

    def rule(value: RawObject) -> Iterator[PodTemplate]:
        for keys, template in find_objects(value, place):
            metadata = mapping_in(template, "metadata")
            spec = mapping_in(template, "spec")
            yield PodTemplate(made_pod(value, makes, [metadata], spec), ((*keys, "metadata", "annotations"),))

    return Kind(api_version, name, rule, f"{place}.metadata.annotations", is_namespaced)


def made_pod(
    value: RawObject, owner: Owner, metadata: Iterable[RawObject], spec: RawObject, labels: RawObject | None = None
) -> RawObject:
    """Build a Pod of an object. Later metadata override earlier ones, key by key; `labels` are the controller's own."""
    given = list(metadata)
    name = mapping_at(value, "metadata").get("name")
    made: dict[str, Any] = {"generateName": f"{name}-"} if name else {}
    made["labels"] = {**(labels or {}), **_joined(given, "labels")}
    made["annotations"] = _joined(given, "annotations")
    made["ownerReferences"] = [
        {"apiVersion": owner.api_version, "kind": owner.kind, "name": name or "", "controller": True}
    ]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": made, "spec": dict(spec)}


def _joined(metadata: Iterable[RawObject], member: str) -> dict[str, Any]:
    return {name: text for each in metadata for name, text in mapping_in(each, member).items()}
