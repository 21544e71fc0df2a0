"""Nodes that are not there: kwok says of them and of their Pods what a kubelet would, and starts nothing.

Only Pods that ask for it (`ON_FAKE_NODES`) come to them, so that everything else stays on the real node. kwok says that
init containers have ended well, without looking: what they do is for tests with a kubelet.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from tests.realparts.parts import part

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.realparts.apiserver import ApiServer

KEY = "kwok.x-k8s.io/node"
PODS_OF_A_NODE = 2500

# A flag for the API server. kwok's watches are from the resourceVersion 0, which an API server takes for WatchList
# unless told not to; that needs an etcd newer than Debian's, so kwok would do no more than list, twice a minute.
LISTS_FIRST = "--feature-gates=WatchList=false"

# Pods with these fields in their spec go to the fake nodes, and no other
ON_FAKE_NODES = {
    "nodeSelector": {KEY: "fake"},
    "tolerations": [{"key": KEY, "operator": "Exists", "effect": "NoSchedule"}],
}


@contextlib.contextmanager
def fake_nodes(server: ApiServer, count: int) -> Iterator[None]:
    """Run kwok with so many nodes, each for PODS_OF_A_NODE, until all are ready.

    A heartbeat is a Lease, as a kubelet's is: cheaper than a status. The Pods' addresses lead nowhere.
    """
    box = server.box
    server.apply(*(_node(f"fake-{number:02}") for number in range(count)))
    command: list[str | Path] = [
        part("kwok") / "bin" / "kwok",
        f"--kubeconfig={server.kubeconfig}",
        f"--manage-nodes-with-annotation-selector={KEY}=fake",
        "--node-lease-duration-seconds=40",
        "--cidr=10.128.0.1/14",
    ]
    with box.running("kwok", command) as process:
        process.wait_until(lambda: _ready(server) == count, 60, "the fake nodes are ready")
        yield


def _node(name: str) -> dict[str, Any]:
    room = {"cpu": "1k", "memory": "1Ti", "pods": str(PODS_OF_A_NODE)}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "annotations": {KEY: "fake"}, "labels": {KEY: "fake"}},
        "spec": {"taints": [{"key": KEY, "value": "fake", "effect": "NoSchedule"}]},
        "status": {"capacity": room, "allocatable": room},
    }


def _ready(server: ApiServer) -> int:
    template = '{.items[*].status.conditions[?(@.type=="Ready")].status}'
    return server.kubectl("get", "nodes", "-l", f"{KEY}=fake", "-o", f"jsonpath={template}").split().count("True")
