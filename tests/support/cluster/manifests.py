"""Manifests of the tests' Pods and of what makes Pods, as short as they can be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.cluster.images import APP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

REPORT = ("python3", "/app/report.py")


def container(name: str = "app", command: Sequence[str] = REPORT, **fields: Any) -> dict[str, Any]:
    """Make a container of the application."""
    return {"name": name, "image": APP, "imagePullPolicy": "Never", "command": list(command), **fields}


def pod(
    namespace: str, name: str, annotations: Mapping[str, str], spec: Mapping[str, Any], **metadata: Any
) -> dict[str, Any]:
    """Make a bare Pod that runs to its end, as its own ServiceAccount, unless the spec says otherwise."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {"app": name},
            "annotations": dict(annotations),
            **metadata,
        },
        "spec": {
            "serviceAccountName": name,
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 2,
            "containers": [container()],
            **spec,
        },
    }


def controlled(kind: str, template: Mapping[str, Any], replicas: int) -> dict[str, Any]:
    """Make what makes such Pods: a Deployment, StatefulSet, Job or CronJob of the Pod's name; or the Pod itself.

    A CronJob waits to be asked, so that nobody has to count how many minutes a test took.
    """
    if kind == "Pod":
        return dict(template)
    metadata = dict(template["metadata"])
    spec = dict(template["spec"])
    identity = {"name": metadata.pop("name"), "namespace": metadata.pop("namespace")}
    stays = kind in {"Deployment", "StatefulSet"}
    if stays:
        spec["restartPolicy"] = "Always"
    inner: dict[str, Any] = {"template": {"metadata": metadata, "spec": spec}}
    if stays:
        inner |= {"replicas": replicas, "selector": {"matchLabels": metadata["labels"]}}
    if kind == "StatefulSet":
        inner["serviceName"] = identity["name"]
    if kind in {"Job", "CronJob"}:
        inner["backoffLimit"] = 0
    if kind == "CronJob":
        inner = {"schedule": "* * * * *", "suspend": True, "jobTemplate": {"spec": inner}}
    group = "apps" if stays else "batch"
    return {"apiVersion": f"{group}/v1", "kind": kind, "metadata": identity, "spec": inner}
