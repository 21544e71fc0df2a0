"""From the start of our container's process to its ready file, on a real node, and what its CPU limit adds."""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.bench.figures import Table, keep
from tests.bench.start import ACCOUNT, FAST, FILE, SIDECAR, VARIABLE
from tests.support.cluster.images import build_images
from tests.support.cluster.installation import Installation, installed
from tests.support.cluster.manifests import container, pod
from tests.support.waiting import wait_until
from webhook.admission.pod.names import STATE_VOLUME

ROUNDS = int(os.environ.get("OMAMORI_START_ROUNDS", "9"))
NAMESPACE = "ready"
WAITING = {"containers": [container(command=["sleep", "600"])], "serviceAccountName": ACCOUNT}
LIMIT = "omamori.dev/resources"
ROWS: Mapping[str, Mapping[str, str]] = {
    "start: fast, a file": {**FILE, **FAST},
    "start: fast, a variable": {**VARIABLE, **FAST},
    "mode sidecar, a file": {**FILE, **SIDECAR},
    "mode sidecar, a file, cpu-limit=250m": {**FILE, **SIDECAR, LIMIT: "cpu-limit=250m"},
    "mode sidecar, a file, cpu-limit=2": {**FILE, **SIDECAR, LIMIT: "cpu-limit=2"},
}


def measured(installation: Installation, name: str, annotations: Mapping[str, str]) -> tuple[float, float]:
    """Run a Pod; returns the time from our process to the ready file, and for how long it was throttled, both in ms."""
    installation.nodes.apply(pod(NAMESPACE, name, annotations, WAITING))
    uid = installation.wait_for_phase(NAMESPACE, name, "Running")["metadata"]["uid"]
    group = _cpu_group(installation, uid)
    pid = wait_until(lambda: _lines(installation, "cat", f"{group}/cgroup.procs"), 30, "our process is there")[0]
    ready = f"/var/lib/kubelet/pods/{uid}/volumes/kubernetes.io~empty-dir/{STATE_VOLUME}/ready"
    [written] = _lines(installation, "stat", "-c", "%.9Y", ready)
    [stat] = _lines(installation, "cat", f"/proc/{pid}/stat")
    ticks = int(stat.rpartition(")")[2].split()[19])  # proc(5): starttime, in ticks since the boot
    started = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + ticks / os.sysconf("SC_CLK_TCK")
    throttled = dict(line.split() for line in _lines(installation, "cat", f"{group}/cpu.stat"))
    nanoseconds = int(throttled.get("throttled_time") or int(throttled["throttled_usec"]) * 1000)
    installation.nodes.kubectl("delete", "pod", name, "-n", NAMESPACE, "--wait", "--grace-period=1", seconds=120)
    return (float(written) - started) * 1000, nanoseconds / 1e6


def _cpu_group(installation: Installation, uid: str) -> str:
    """The CPU group of our container: of the Pod's containers, the one that started first."""
    status = installation.nodes.get("pods", "-n", NAMESPACE)["items"]
    [found] = [each["status"] for each in status if each["metadata"]["uid"] == uid]
    identity = found["initContainerStatuses"][0]["containerID"].rpartition("/")[2]
    # of two hierarchies, the one that has the limit counts for how long it throttled
    find = [
        "find",
        "/sys/fs/cgroup",
        "-path",
        f"*pod{uid}/{identity}/cpu.stat",
        "-exec",
        "grep",
        "-l",
        "throttled",
        "{}",
        "+",
    ]
    return installation.box.run(find).stdout.split()[0].removesuffix("/cpu.stat")


def _lines(installation: Installation, *command: str) -> list[str]:
    return installation.box.run(list(command)).stdout.splitlines()


def main() -> None:
    """Measure, print, keep."""
    table = Table("from our process to the ready file", "ms")
    throttled: dict[str, list[float]] = {row: [] for row in ROWS}
    with tempfile.TemporaryDirectory() as folder, installed(build_images(Path(folder))) as installation:
        installation.namespace(NAMESPACE)
        installation.nodes.apply(installation.account(NAMESPACE, ACCOUNT))
        for number in range(ROUNDS + 1):
            for place, (row, annotations) in enumerate(ROWS.items()):
                took, held = measured(installation, f"ready-{number}-{place}", annotations)
                if number:  # the first round warms up
                    table.add(row, took)
                    throttled[row].append(held)
    rows = {
        row: {
            "median": round(statistics.median(samples)),
            "most": round(max(samples)),
            "throttled": round(statistics.median(throttled[row])),
        }
        for row, samples in table.samples.items()
    }
    print(f"\n{table.title} ({table.unit}, {ROUNDS} rounds)\n{json.dumps(rows, indent=1)}")
    keep([], {"ready": {"unit": table.unit, "rounds": ROUNDS, "rows": rows}})
