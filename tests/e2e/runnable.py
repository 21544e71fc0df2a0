"""Objects of the cases and examples as this node can run them: the tests' image, and a program that ends or waits."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from tests.support.cluster.images import APP

if TYPE_CHECKING:
    from webhook.workloads.manifest import Manifest
    from webhook.workloads.registry import ManifestPod

LABEL = "omamori-tests/round"


def runnable(spec: dict[str, Any], command: list[str]) -> dict[str, Any]:
    """Give each container the tests' image."""
    for group in ("initContainers", "containers"):
        for each in spec.get(group, ()):
            each.pop("args", None)
            each |= {"image": APP, "imagePullPolicy": "Never"}
            each["command"] = ["true"] if group == "initContainers" else command
    return {**spec, "terminationGracePeriodSeconds": 0}


def as_applied(manifest: Manifest) -> dict[str, Any]:
    """Give an object whose Pods run on this node; a CronJob waits to be asked."""
    value: dict[str, Any] = copy.deepcopy(dict(manifest.value))
    spec = value["spec"]
    if manifest.kind == "CronJob":
        spec["suspend"] = True
        spec = spec["jobTemplate"]["spec"]
    ends = manifest.kind in {"Pod", "Job", "CronJob"}
    if manifest.kind == "Pod":
        value["spec"] = {**runnable(spec, ["true"]), "restartPolicy": "Never"}
    else:
        spec["template"]["spec"] = runnable(spec["template"]["spec"], ["true"] if ends else ["sleep", "infinity"])
    return value


def as_made(pod: ManifestPod, name: str, number: str) -> dict[str, Any]:
    """Give a Pod as its controller would make it, but for who makes it and its images."""
    value: dict[str, Any] = copy.deepcopy(dict(pod.pod))
    metadata = value["metadata"]
    labels = {key: text for key, text in metadata.get("labels", {}).items() if key != "app"}
    kept = {"namespace": metadata["namespace"], "annotations": metadata["annotations"]}
    value["metadata"] = {**kept, "name": name, "labels": {**labels, LABEL: number}}
    value["spec"] = {**runnable(value["spec"], ["true"]), "restartPolicy": "Never"}
    return value
