"""kube-proxy: what leads connections to a Service's address to one of its ready endpoints, as on most clusters."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from tests.realparts.containers import PODS
from tests.realparts.node import NODE
from tests.realparts.parts import part
from tests.realparts.requests import status_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.realparts.apiserver import ApiServer

PORT = 10256

# the API server's flag by which it calls a webhook's Service at its address, as it does by default
BY_ADDRESS = "--enable-aggregator-routing=false"


@contextlib.contextmanager
def kube_proxy(server: ApiServer) -> Iterator[None]:
    """Run kube-proxy with iptables, in the run's network, until it says that it is healthy."""
    box = server.box
    configuration = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": str(server.user("system:kube-proxy"))},
        "mode": "iptables",
        "clusterCIDR": PODS,
        "healthzBindAddress": f"{box.listen}:{PORT}",
        "metricsBindAddress": "127.0.0.1:10249",
        "iptables": {"minSyncPeriod": "0s"},
        # 0: as they are. The machine's own limits may not be changed from a network namespace
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
    }
    file = box.folder / "kubernetes" / "kube-proxy.json"
    file.write_text(json.dumps(configuration))
    command: list[str | Path] = [
        part("kubeproxy") / "bin" / "kube-proxy",
        f"--config={file}",
        f"--hostname-override={NODE}",
    ]
    with box.running("kube-proxy", command) as process:
        process.wait_until(
            lambda: status_of(f"http://{box.address}:{PORT}/healthz") == 200, 60, "kube-proxy is healthy"
        )
        yield
