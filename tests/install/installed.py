"""omamori installed by its chart on a cluster of one node, with Vault on DynamoDB beside it."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.install.measured import AUDIT
from tests.realparts.cluster import Cluster, cluster
from tests.realparts.dynamodb import dynamodb
from tests.realparts.helm import Release
from tests.realparts.kubeproxy import BY_ADDRESS, kube_proxy
from tests.realparts.kwok import LISTS_FIRST
from tests.realparts.sandbox import Sandbox, sandbox
from tests.realparts.vault import Storage, VaultServer, vault
from tests.support.cluster.images import Images
from tests.support.cluster.vaultside import prepare_vault, write_role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.support.canary import Canary

CHART = Path(__file__).parents[2] / "deploy/chart"
NAME = NAMESPACE = "omamori"
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}

ROUTES = ("endpoints", "ClusterIP")

# each controller has a client of its own, which asks 20 times a second where nothing is said: too slow for 50 Pods
CLIENTS = ("--kube-api-qps=300", "--kube-api-burst=600")
CONTROLLERS = (*CLIENTS, "--concurrent-deployment-syncs=20", "--concurrent-replicaset-syncs=20")


@dataclass(frozen=True, slots=True)
class Installed:
    """The cluster and the release. `values` are those of the last install, `canaries` the secrets' values."""

    box: Sandbox
    nodes: Cluster
    vault: VaultServer
    release: Release
    values: dict[str, Any]
    seconds: float
    canaries: Mapping[str, Canary] = field(repr=False)

    def namespace(self, name: str) -> None:
        """Make a namespace of Pod Security *restricted*; nothing happens if it is there."""
        metadata = {"name": name, "labels": RESTRICTED}
        self.nodes.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})

    def account(self, namespace: str, name: str) -> dict[str, Any]:
        """Give the manifest of a ServiceAccount, and write its role in Vault."""
        write_role(self.vault, namespace, name)
        metadata = {"name": name, "namespace": namespace}
        return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}

    def webhook_pods(self) -> list[dict[str, Any]]:
        """The webhook's Pods, those that end among them."""
        selector = f"app.kubernetes.io/instance={NAME},app.kubernetes.io/component=webhook"
        found: list[dict[str, Any]] = self.nodes.get("pods", "-n", NAMESPACE, "-l", selector)["items"]
        return found

    def staying_pods(self) -> list[dict[str, Any]]:
        """The webhook's Pods that are not told to end."""
        return [each for each in self.webhook_pods() if "deletionTimestamp" not in each["metadata"]]

    def logs(self) -> str:
        """The logs of the webhook's Pods that are there."""
        selector = f"app.kubernetes.io/instance={NAME},app.kubernetes.io/component=webhook"
        return self.nodes.kubectl("logs", "-l", selector, "-n", NAMESPACE, "--tail=-1")

    def decisions(self, name: str) -> list[dict[str, Any]]:
        """The decisions on a Pod, in those logs."""
        return [line for line in map(json.loads, self.logs().splitlines()) if line.get("name") == name]


@contextlib.contextmanager
def installed(images: Images, route: str) -> Iterator[Installed]:
    """Bring everything up and install. `route` is how the API server reaches a Service: see ROUTES."""
    flags = [LISTS_FIRST, *([BY_ADDRESS] if route == "ClusterIP" else [])]
    with (
        sandbox() as box,
        cluster(box, flags=flags, controller_flags=CONTROLLERS, scheduler_flags=CLIENTS, audit=AUDIT) as nodes,
        kube_proxy(nodes) if route == "ClusterIP" else contextlib.nullcontext(),
        dynamodb(box) as store,
        vault(box, Storage(store.endpoint)) as server,
    ):
        for archive in (images.agent, images.webhook, images.tools, images.app):
            nodes.import_image(archive)
        canaries = prepare_vault(nodes, server)
        values: dict[str, Any] = {
            "images": {"registry": "localhost", "tag": "test", "pullPolicy": "Never"},
            "agent": {"pullPolicy": "Never"},
            "vaults": {"main": {"address": server.address, "ca": server.ca_pem.read_text()}},
        }
        metadata = {"name": NAMESPACE, "labels": RESTRICTED}
        nodes.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        release = Release(nodes, CHART, NAME, NAMESPACE)
        started = time.monotonic()
        try:
            release.install(values, "--wait", "--timeout=120s")
        except AssertionError as failed:
            described = nodes.kubectl("describe", "deployments,replicasets,pods", "-n", NAMESPACE)
            raise AssertionError(f"{failed}\n{described}") from None
        yield Installed(box, nodes, server, release, values, time.monotonic() - started, canaries)
