"""What a load did to an API server and to the webhook, as differences of what both say of themselves.

- The API server's own histograms. Those of its calls begin at 5 ms, within which nearly all of ours are: their
  quantiles are hardly more than that, so the mean and the share below a bound are given, too.
- Its audit log, for what is exact: how long each creation of a Pod took, and why one was refused.
- The webhook's own histogram, which begins at 0.1 ms, and what the kernel says of its processes.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prometheus_client.parser import text_string_to_metric_families

from tests.realparts import keeper

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.install.installed import Installed

# a Metadata line for each new Pod, and nothing of the rest, which would be gigabytes
AUDIT = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {"level": "Metadata", "verbs": ["create"], "resources": [{"group": "", "resources": ["pods"]}]},
        {"level": "None"},
    ],
}

CALLS = "apiserver_admission_webhook_admission_duration_seconds"
REQUESTS = "apiserver_request_duration_seconds"
REJECTED = "apiserver_admission_webhook_rejection_count"
DECISIONS = "omamori_decision_duration_seconds"
OURS = {"name": "inject.omamori.dev"}
NEW_PODS = {"resource": "pods", "verb": "POST", "subresource": ""}

Samples = list[tuple[str, "Mapping[str, str]", float]]


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts by upper bound, in seconds, each with those below it; how many in all, and their sum."""

    buckets: dict[float, float]
    total_seconds: float

    @property
    def count(self) -> float:
        """How many were observed."""
        return self.buckets.get(float("inf"), 0.0)

    def __sub__(self, before: Histogram) -> Histogram:
        buckets = {bound: count - before.buckets.get(bound, 0.0) for bound, count in self.buckets.items()}
        return Histogram(buckets, self.total_seconds - before.total_seconds)

    def quantile(self, part: float) -> float:
        """Give a quantile in seconds, by a straight line within its bucket, as Prometheus does."""
        below, lower = 0.0, 0.0
        for bound, count in sorted(self.buckets.items()):
            if count >= part * self.count:
                if bound == float("inf"):
                    return lower
                return lower + (bound - lower) * (part * self.count - below) / ((count - below) or 1)
            below, lower = count, bound
        return lower

    def figures(self) -> dict[str, float]:
        """Give what is kept of it, in milliseconds."""
        if not self.count:
            return {"count": 0}
        return {
            "count": round(self.count),
            "mean_ms": round(1000 * self.total_seconds / self.count, 2),
            "p50_ms": round(1000 * self.quantile(0.5), 2),
            "p99_ms": round(1000 * self.quantile(0.99), 2),
        }


def parse_samples(text: str, names: Iterable[str]) -> Samples:
    """Parse the metrics that begin so from the Prometheus text format; the others are most of an API server's."""
    wanted = tuple(names)
    lines = "\n".join(line for line in text.splitlines() if line.startswith(wanted))
    families = text_string_to_metric_families(lines + "\n")
    return [(each.name, each.labels, each.value) for family in families for each in family.samples]


def total(samples: Samples, name: str, labels: Mapping[str, str]) -> float:
    """Sum the samples of this name with these labels."""
    return sum(value for found, its, value in samples if found == name and labels.items() <= its.items())


def histogram(samples: Samples, name: str, labels: Mapping[str, str]) -> Histogram:
    """Sum the histograms of this name with these labels."""
    buckets: dict[float, float] = {}
    for found, its, value in samples:
        if found == f"{name}_bucket" and labels.items() <= its.items():
            bound = float(its["le"])
            buckets[bound] = buckets.get(bound, 0.0) + value
    return Histogram(buckets, total(samples, f"{name}_sum", labels))


@dataclass(frozen=True, slots=True)
class Moment:
    """What was counted until a moment; two of them are a load."""

    at: float
    api_server: Samples
    webhook: Samples
    scheduled: dict[int, Scheduled]
    audited_bytes: int

    @classmethod
    def now(cls, inside: Installed) -> Moment:
        """Ask everybody."""
        told = inside.nodes.kubectl("get", "--raw", "/metrics")
        webhook: Samples = []
        for each in inside.webhook_pods():
            path = f"/api/v1/namespaces/omamori/pods/https:{each['metadata']['name']}:8443/proxy/metrics"
            webhook += parse_samples(inside.nodes.kubectl("get", "--raw", path, check=False), ["omamori_"])
        return cls(
            time.time(),
            parse_samples(told, (CALLS, REQUESTS, REJECTED)),
            webhook,
            {pid: Scheduled.read(pid) for pid in webhook_processes(inside).values()},
            inside.nodes.audit_log.stat().st_size,
        )


def figures(inside: Installed, before: Moment, namespace: str) -> dict[str, Any]:
    """Give what happened since a moment, in the API server and in the webhook's processes that were there already."""
    after = Moment.now(inside)

    def since(samples: str, name: str, labels: Mapping[str, str]) -> dict[str, float]:
        then, now = (histogram(getattr(each, samples), name, labels) for each in (before, after))
        return (now - then).figures()

    creations = audited(inside.nodes.audit_log, before.audited_bytes, namespace)
    taken = sorted(each.seconds for each in creations if each.code == 201)
    calls = histogram(after.api_server, CALLS, OURS) - histogram(before.api_server, CALLS, OURS)
    below = {f"below_{bound * 1000:.0f}_ms": calls.buckets.get(bound, 0.0) for bound in (0.005, 0.025, 0.1)}
    failed = {"error_type": "calling_webhook_error", **OURS}
    both = [(before.scheduled[pid], after.scheduled[pid]) for pid in before.scheduled.keys() & after.scheduled.keys()]
    return {
        "creations": {
            "count": len(taken),
            "p50_ms": round(1000 * taken[len(taken) // 2], 2),
            "p99_ms": round(1000 * taken[len(taken) * 99 // 100], 2),
            "histogram": since("api_server", REQUESTS, NEW_PODS),
        },
        "calls": {
            **calls.figures(),
            **({name: round(count / calls.count, 4) for name, count in below.items()} if calls.count else {}),
        },
        "calls_failed": round(total(after.api_server, REJECTED, failed) - total(before.api_server, REJECTED, failed)),
        "refused": dict(Counter(each.why for each in creations if each.code != 201)),
        # a replica that has ended took its counts with it
        **({"decisions": since("webhook", DECISIONS, {})} if before.scheduled.keys() == after.scheduled.keys() else {}),
        "webhook_cpu_seconds": round(sum(now.cpu_seconds - then.cpu_seconds for then, now in both), 2),
        "webhook_waited_seconds": round(sum(now.waited_seconds - then.waited_seconds for then, now in both), 2),
        "webhook_peak_mib": [round(peak_mib(pid), 1) for pid in after.scheduled],
    }


@dataclass(frozen=True, slots=True)
class Creation:
    """An answer to the creation of a Pod; `why` is empty for a good one, else its last words, without names."""

    code: int
    seconds: float
    why: str


def audited(log: Path, offset: int, namespace: str) -> list[Creation]:
    """Read the creations of Pods in a namespace from the audit log, from an offset on."""
    with log.open("rb") as file:
        file.seek(offset)
        events = [json.loads(line) for line in file]
    mine = {"resource": "pods", "namespace": namespace}
    return [_creation(each) for each in events if mine.items() <= each["objectRef"].items()]


def _creation(event: Mapping[str, Any]) -> Creation:
    since, until = (datetime.fromisoformat(event[name]) for name in ("requestReceivedTimestamp", "stageTimestamp"))
    status = event["responseStatus"]
    why = str(status.get("message", "")).rpartition(": ")[2]
    return Creation(status["code"], (until - since).total_seconds(), why)


def webhook_processes(inside: Installed) -> dict[str, int]:
    """Find the process of each replica of the webhook that runs, by its Pod's name."""
    found = {}
    for each in inside.webhook_pods():
        for status in each["status"].get("containerStatuses", []):
            container = status.get("containerID", "").rpartition("//")[2]
            pids = _processes(inside.box.name, container) if container else []
            if pids:
                found[each["metadata"]["name"]] = min(pids)
    return found


def _processes(run: str, container: str) -> list[int]:
    """Give the processes of a container, by its control group."""
    for root in keeper.cgroups_of(run):
        for folder, names, _ in os.walk(root):
            if container in names:
                return [int(pid) for pid in Path(folder, container, "cgroup.procs").read_text().split()]
    return []


@dataclass(frozen=True, slots=True)
class Scheduled:
    """What the threads of a process have had of the CPUs, and how long they were ready and had to wait for one."""

    cpu_seconds: float
    waited_seconds: float

    @classmethod
    def read(cls, pid: int) -> Scheduled:
        """Ask the kernel (sched-stats.rst)."""
        threads = [file.read_text().split() for file in Path(f"/proc/{pid}/task").glob("*/schedstat")]
        cpu, waited = (sum(int(each[column]) for each in threads) / 1e9 for column in (0, 1))
        return cls(cpu, waited)


def peak_mib(pid: int) -> float:
    """Give the largest resident memory that a process has had."""
    line = next(each for each in Path(f"/proc/{pid}/status").read_text().splitlines() if each.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
