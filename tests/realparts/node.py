"""The kubelet: one node, `node1`, on the run's containerd."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.realparts import keeper
from tests.realparts.kubeconfig import write_kubeconfig
from tests.realparts.parts import part
from tests.realparts.runtimes import SOCKET

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from tests.realparts.apiserver import ApiServer
    from tests.realparts.processes import Process
    from tests.realparts.sandbox import Sandbox

NODE = "node1"


@dataclass(slots=True)
class Kubelet:
    """A running kubelet; its Pods go on while it is away."""

    _server: ApiServer
    _command: Sequence[str | Path]
    _configuration: Path
    _process: Process

    def restart(self, gates: Mapping[str, bool] | None = None, number: signal.Signals = signal.SIGTERM) -> None:
        """End it, and start it again, with other feature gates if they are given; returns when its node is ready."""
        self._process.kill(number)
        self._process.stop()
        if gates is not None:
            configured = json.loads(self._configuration.read_text())
            self._configuration.write_text(json.dumps({**configured, "featureGates": dict(gates)}))
        self._process = self._server.box.start("kubelet", self._command)
        self._process.wait_until(lambda: _ready(self._server), 90, "the node is ready")

    def cpu_seconds(self) -> float:
        """How much CPU time it has used since its start."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # proc(5): utime, stime

    def stop(self) -> None:
        """End it."""
        self._process.stop()


@contextlib.contextmanager
def kubelet(server: ApiServer, gates: Mapping[str, bool], minor: str | None = None) -> Iterator[Kubelet]:
    """Run the kubelet, with some feature gates set, until its node is ready; `minor` is an older one's, such as 1.36.

    The Pods' cgroups are under one of the run's own: two kubelets on a machine would kill each other's Pods as
    orphans, and so that the keeper knows what to remove.
    """
    box = server.box
    folder = box.folder / "kubelet"
    folder.mkdir()
    make_cgroups(box.name)
    user = server.authority.issue("kubelet", user=f"system:node:{NODE}", group="system:nodes")
    kubeconfig = write_kubeconfig(folder / "kubelet.conf", server.url, server.ca, user)
    configuration = folder / "config.json"
    configuration.write_text(json.dumps({**_configuration(server, box), "featureGates": dict(gates)}))
    command: list[str | Path] = [
        part(f"kubelet-{minor}" if minor else "kubernetes") / "bin" / "kubelet",
        f"--config={configuration}",
        f"--kubeconfig={kubeconfig}",
        f"--hostname-override={NODE}",
        f"--node-ip={box.node}",
    ]
    running = Kubelet(server, command, configuration, box.start("kubelet", command))
    try:
        running._process.wait_until(lambda: _ready(server), 90, "the node is ready")
        yield running
    finally:
        running.stop()


def _configuration(server: ApiServer, box: Sandbox) -> Mapping[str, Any]:
    serving = server.authority.issue("kubelet-serving", NODE, box.node, box.address)
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "containerRuntimeEndpoint": f"unix://{SOCKET}",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(server.ca)},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(serving.certificate),
        "tlsPrivateKeyFile": str(serving.key),
        "cgroupRoot": f"/{box.name}",
        "cgroupDriver": "cgroupfs",
        "failCgroupV1": False,
        "enforceNodeAllocatable": [],
        "failSwapOn": False,
        # there is no DNS, and the machine's own servers cannot be reached: the node refuses at once
        "clusterDNS": [box.node],
        "clusterDomain": "cluster.local",
        "resolvConf": "",
        # Secrets and ConfigMaps are seen at once, and a full disk of the machine is not our business
        "configMapAndSecretChangeDetectionStrategy": "Watch",
        "evictionHard": {"memory.available": "50Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,
        "syncFrequency": "10s",
        "nodeStatusUpdateFrequency": "5s",
        "fileCheckFrequency": "20s",
        "maxPods": 250,
    }


def _ready(server: ApiServer) -> bool:
    template = '{.status.conditions[?(@.type=="Ready")].status}'
    return server.kubectl("get", "node", NODE, "-o", f"jsonpath={template}", check=False) == "True"


def make_cgroups(run: str) -> None:
    """Make the run's cgroup in every hierarchy; a cpuset has no processors until it is given some."""
    for path in keeper.cgroups_of(run):
        path.mkdir(exist_ok=True)
        for name in ("cpuset.cpus", "cpuset.mems"):
            _inherit(path, name)


def _inherit(path: Path, name: str) -> None:
    own, parent = path / name, path.parent / name
    if own.is_file() and parent.is_file() and not own.read_text().strip():  # cgroup v1 alone
        own.write_text(parent.read_text())
