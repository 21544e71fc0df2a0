"""Pod templates of Argo Events, and the objects that a Sensor creates.

Facts
- A Sensor and an EventSource are a Deployment of one container, `main`, whose image has the program: there are
  arguments and no command.
- An EventBus is a StatefulSet; its containers have fixed names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from webhook.admission.rawjson import mapping_in
from webhook.workloads.fieldpath import find_objects, mapping_at
from webhook.workloads.podtemplate import REPLICA_SET, Found, Kind, Nested, Owner, PodTemplate, RawObject, made_pod

_API = "argoproj.io/v1alpha1"
_STATEFUL_SET = Owner("apps/v1", "StatefulSet")
_OF_POD = ("automountServiceAccountToken", "nodeSelector", "securityContext", "serviceAccountName", "volumes")
_BUSES = {
    # field of an EventBus that gives its type: the containers of that type
    "jetstream": ("main", "reloader", "metrics"),
    "nats.native": ("stan", "metrics"),
}


def _deployed(argument: str) -> Callable[[RawObject], Iterator[Found]]:
    def rule(value: RawObject) -> Iterator[Found]:
        template = mapping_at(value, "spec", "template")
        container = {**mapping_in(template, "container"), "name": "main", "args": [argument]}
        yield PodTemplate(
            made_pod(value, REPLICA_SET, [mapping_in(template, "metadata")], _pod_spec(template, [container])),
            (("spec", "template", "metadata", "annotations"),),
        )
        for trigger in ("argoWorkflow", "k8s"):
            for keys, resource in find_objects(value, f"spec.triggers[].template.{trigger}.source.resource"):
                yield Nested(resource, keys)

    return rule


def _bus(value: RawObject) -> Iterator[PodTemplate]:
    for place, names in _BUSES.items():
        for keys, bus in find_objects(value, f"spec.{place}"):
            spec = _pod_spec(bus, [{"name": name} for name in names])
            pod = made_pod(value, _STATEFUL_SET, [mapping_in(bus, "metadata")], spec)
            yield PodTemplate(pod, ((*keys, "metadata", "annotations"),))


def _pod_spec(template: RawObject, containers: list[dict[str, Any]]) -> dict[str, Any]:
    given = {name: template[name] for name in _OF_POD if template.get(name) is not None}
    return {**given, "containers": containers}


_TEMPLATE = "spec.template.metadata.annotations"
KINDS = (
    Kind(_API, "Sensor", _deployed("sensor-service"), f"{_TEMPLATE}, and those of the objects that it makes"),
    Kind(_API, "EventSource", _deployed("eventsource-service"), _TEMPLATE),
    Kind(_API, "EventBus", _bus, "spec.jetstream.metadata.annotations, spec.nats.native.metadata.annotations"),
)
