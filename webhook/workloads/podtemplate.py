"""What is said of a kind of object: the Pods that its controller would make, and where it takes annotations from.

A Pod is there as far as it matters to whoever asks for secrets: its metadata, its containers by their names, its
ServiceAccount, its security. `ownerReferences` name the kind that makes it, without a uid, which no manifest has.
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
    """A Pod of an object. `annotated` leads to the mappings of its annotations: of two, the later counts."""

    pod: RawObject
    annotated: tuple[Keys, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Nested:
    """A whole object within another, which makes it."""

    value: RawObject
    keys: Keys


Found = PodTemplate | Nested
Rule = Callable[[RawObject], Iterable[Found]]


@dataclass(frozen=True, slots=True)
class Owner:
    """The kind of object that makes a Pod."""

    api_version: str
    kind: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object: `places` are where its annotations reach a Pod, for people; "" is nowhere.

    `rule` raises MalformedReview where a shape is not one.
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
    """A kind that has Pod templates at a place. `owner` None: it makes the Pods itself."""
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
