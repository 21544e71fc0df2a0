"""Everywhere a secret could be left behind, as bytes to search: what the cluster stores, logs and shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.realparts.sandbox import CommandFailed

if TYPE_CHECKING:
    from tests.realparts.cluster import Cluster
    from tests.realparts.sandbox import Sandbox

# each must hold what planted_pod() puts there, or the search in it would prove nothing
MUST_SHOW = (
    "etcd",
    "events",
    "Pods",
    "init containers' logs",
    "audit.log",
    "webhook.log",
    "kubelet.log",
    "containerd.log",
)


def places(box: Sandbox, nodes: Cluster) -> dict[str, bytes]:
    """Read all of them. The logs are those of every server of the run; Vault's audit log is among them."""
    found = {
        "etcd": nodes.dump_etcd(),
        "events": nodes.kubectl("get", "events", "-A", "-o", "json").encode(),
        "Pods": nodes.kubectl("get", "pods", "-A", "-o", "json").encode(),
        "init containers' logs": b"".join(_init_logs(nodes)),
    }
    for log in sorted((box.folder / "logs").iterdir()):
        found[log.name] = log.read_bytes()
    return found


def _init_logs(nodes: Cluster) -> list[bytes]:
    """Read the logs of all init containers that were ever started. A Pod that is gone by now has none."""
    logs = []
    for pod in nodes.get("pods", "-A")["items"]:
        name = ("-n", pod["metadata"]["namespace"], pod["metadata"]["name"])
        for status in pod["status"].get("initContainerStatuses", []):
            if "waiting" not in status["state"] or status["lastState"]:
                try:
                    logs.append(nodes.kubectl("logs", *name, "-c", status["name"]).encode())
                except CommandFailed:
                    left = nodes.get("pod", *name, "--ignore-not-found")
                    same = left and left["metadata"]["uid"] == pod["metadata"]["uid"]
                    if same and "deletionTimestamp" not in left["metadata"]:
                        raise
    return logs
