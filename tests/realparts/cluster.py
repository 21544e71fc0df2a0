"""A whole cluster of one node: API server, controllers, scheduler, kubelet, containerd."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.realparts.apiserver import SERVICE_ADDRESS, ApiServer, api_server
from tests.realparts.audit import AUDIT_POLICY
from tests.realparts.containers import Containers, containerd
from tests.realparts.node import Kubelet, kubelet
from tests.realparts.parts import part
from tests.realparts.runtimes import DEBIANS, Runtime

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.realparts.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Cluster(ApiServer):
    """A running cluster.

    There is no kube-proxy and no DNS: the API server reaches webhook Services at their endpoints, Pods reach the
    Service `kubernetes` by its address, and no other.
    """

    containers: Containers
    kubelet: Kubelet

    def import_image(self, archive: Path) -> None:
        """Give an image to the node; Pods name it with `imagePullPolicy: Never`."""
        self.containers.import_image(archive)


@contextlib.contextmanager
def cluster(
    box: Sandbox,
    *,
    flags: Sequence[str] = (),
    controller_flags: Sequence[str] = (),
    scheduler_flags: Sequence[str] = (),
    audit: Mapping[str, Any] = AUDIT_POLICY,
    kubelet_gates: Mapping[str, bool] | None = None,
    kubelet_minor: str | None = None,
    runtime: Runtime = DEBIANS,
) -> Iterator[Cluster]:
    """Run a cluster until its node is ready; `flags` are added to the API server's. Needs a network of its own.

    What is stopped first at the end is the kubelet: with containerd gone it would see all Pods as lost.
    """
    if not box.own_network:
        raise ValueError("a kubelet needs a network of its own: its node has an address and routes")
    with (
        containerd(box, runtime) as containers,
        api_server(box, flags=flags, controllers=True, controller_flags=controller_flags, audit=audit) as server,
        _scheduler(server, scheduler_flags),
        kubelet(server, kubelet_gates or {}, kubelet_minor) as node,
    ):
        _lead_to_api_server(box)
        yield Cluster(**_fields(server), containers=containers, kubelet=node)


def _fields(server: ApiServer) -> dict[str, Any]:
    return {name: getattr(server, name) for name in ApiServer.__dataclass_fields__}


def _lead_to_api_server(box: Sandbox) -> None:
    """Do for one Service what kube-proxy does for all: Pods find their API server where their environment says."""
    for chain in ("PREROUTING", "OUTPUT"):
        match = ["-d", SERVICE_ADDRESS, "-p", "tcp", "--dport", "443"]
        box.run(["iptables", "-t", "nat", "-A", chain, *match, "-j", "DNAT", "--to-destination", f"{box.node}:6443"])


@contextlib.contextmanager
def _scheduler(server: ApiServer, flags: Sequence[str]) -> Iterator[None]:
    box = server.box
    kubeconfig = server.user("system:kube-scheduler")
    command: list[str | Path] = [
        part("kubernetes") / "bin" / "kube-scheduler",
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        f"--secure-port={box.port(10259)}",
        f"--cert-dir={box.folder / 'kubernetes'}",
        *flags,
    ]
    with box.running("kube-scheduler", command):
        yield
