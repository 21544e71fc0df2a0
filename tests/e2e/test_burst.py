"""Many Pods at once on one node: plain ones, and the same with a file, in each way to start."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from tests.support.cluster.manifests import container, pod
from tests.support.scale import keep, scaled

if TYPE_CHECKING:
    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(3600)]

COUNT = scaled(6, 200)
NAMESPACE = "burst"
FILE = {"file.omamori.dev/mail.pass": "secret/data/shop/mail#password"}
ROWS: Mapping[str, Mapping[str, str]] = {
    "plain": {},
    "mode init": FILE,
    "mode init, start: fast": {**FILE, "omamori.dev/start": "fast"},
    "mode sidecar": {**FILE, "omamori.dev/mode": "sidecar"},
}


def burst(installation: Installation, row: str, annotations: Mapping[str, str]) -> dict[str, float]:
    """Create the Pods of a row at once, and wait until each application has ended well; seconds from the creation."""
    spec = {"containers": [container(command=["true"])], "serviceAccountName": NAMESPACE}
    named = {"labels": {"row": row.replace(", start: ", "-").replace(" ", "-")}}
    label = f"row={named['labels']['row']}"
    items = [
        pod(NAMESPACE, f"{named['labels']['row']}-{number}", annotations, spec, **named) for number in range(COUNT)
    ]
    used, created = installation.nodes.kubelet.cpu_seconds(), time.time()
    listed = {"apiVersion": "v1", "kind": "List", "items": items}
    installation.nodes.kubectl("create", "-f", "-", stdin=json.dumps(listed), seconds=300)
    wait = ("wait", "--for", "jsonpath={.status.phase}=Succeeded", "pods", "-l", label, "-n", NAMESPACE)
    installation.nodes.kubectl(*wait, "--timeout=1800s", seconds=1830)
    used = installation.nodes.kubelet.cpu_seconds() - used
    statuses = [each["status"] for each in installation.nodes.get("pods", "-n", NAMESPACE, "-l", label)["items"]]
    assert len(statuses) == COUNT
    started = [
        datetime.fromisoformat(each["containerStatuses"][0]["state"]["terminated"]["startedAt"]).timestamp() - created
        for each in statuses
    ]
    again = sum(ours["restartCount"] for each in statuses for ours in each.get("initContainerStatuses", ()))
    installation.nodes.kubectl("delete", "pods", "-n", NAMESPACE, "-l", label, "--wait", seconds=900)
    return {
        "median_s": round(statistics.median(started), 1),
        "last_s": round(max(started), 1),
        "kubelet_cpu_s": round(used, 1),
        "starts_again": again,
    }


def test_a_burst(installation: Installation) -> None:
    """All Pods start, with their files and without one start of ours too many; times are kept beside plain Pods'."""
    installation.namespace(NAMESPACE)
    installation.nodes.apply(installation.account(NAMESPACE, NAMESPACE))
    rows = {row: burst(installation, row, annotations) for row, annotations in ROWS.items()}
    keep("burst", {"pods": COUNT, "rows": rows})
    assert {row: figures["starts_again"] for row, figures in rows.items()} == dict.fromkeys(ROWS, 0)
