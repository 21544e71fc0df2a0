"""How Pods start on another node than the usual one: with an older kubelet, with another container runtime."""

from __future__ import annotations

import hashlib
import statistics
from typing import TYPE_CHECKING, Any

from tests.bench.start import ACCOUNT, FAST, FILE, SIDECAR, VARIABLE, measured, over_plain
from tests.support.cluster.manifests import REPORT, container, pod
from tests.support.scale import keep

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.support.cluster.installation import Installation

ROUNDS = 5
FILES = ("plain", "mode init, a file", "mode init, start: fast, a file", "mode sidecar, a file")
VARIABLES = ("mode init, a variable", "mode init, start: fast, a variable", "mode sidecar, a variable")
WAYS: Mapping[str, Mapping[str, str]] = {"init": {}, "fast": FAST, "sidecar": SIDECAR}
NAMESPACE = "usual"  # of the benchmark
BOTH = {**FILE, **VARIABLE}
TELLS = container(command=[*REPORT, "/vault/secrets/mail.pass", "env:MAIL"])


def node_info(installation: Installation) -> dict[str, Any]:
    """What the node says of itself."""
    [node] = installation.nodes.get("nodes")["items"]
    info: dict[str, Any] = node["status"]["nodeInfo"]
    return info


def apply_pod(installation: Installation, name: str, asked: Mapping[str, str]) -> str:
    """Create a Pod that gets a file and a variable and tells of both; gives the name."""
    spec = {"containers": [TELLS], "serviceAccountName": ACCOUNT}
    installation.nodes.apply(pod(NAMESPACE, name, {**BOTH, **asked}, spec))
    return name


def started_with_both(installation: Installation, name: str) -> float:
    """Wait until such a Pod is through; it had what Vault has in both. Gives when its application has started."""
    installation.wait_for_phase(NAMESPACE, name, "Succeeded")
    itself, *told = installation.report(NAMESPACE, name, "app", 2)
    digest = hashlib.sha256(installation.canaries["mail"].value.encode()).hexdigest()
    assert [each.get("sha256") for each in told] == [digest, digest], name
    started: float = itself["started"]
    return started


def keep_times(installation: Installation, name: str, rows: Sequence[str], **facts: str) -> None:
    """Measure the rows of the benchmark and keep what each takes more than a plain Pod."""
    table = measured(installation, ROUNDS, rows)
    more = {row: round(seconds, 2) for row, seconds in over_plain(table).items()}
    plain = round(statistics.median(table.samples["plain"]), 2)
    keep(name, {**facts, "plain_s": plain, "over_plain_s": more})
