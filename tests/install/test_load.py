"""New Pods by the thousand through the real API server, and the webhook's Pods killed in the middle of it.

The Pods are those of Deployments, made by the controllers, and run on fake nodes (kwok); the webhook runs in three Pods
on the real node. The API server calls it by HTTP/1.1 at its Service's address and keeps up to 25 connections open, each
to the replica that kube-proxy chose for it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.install.installed import CONTROLLERS, NAME, NAMESPACE, Installed
from tests.install.measured import Moment, figures, webhook_processes
from tests.install.newpods import MAIL, NOWHERE
from tests.install.rollouts import REPLICAS, Rollouts
from tests.install.watching import Watching, queries, watching
from tests.realparts.kwok import fake_nodes
from tests.support.cluster.manifests import pod
from tests.support.cluster.rendering import merged
from tests.support.scale import FULL, keep, scaled
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.real, pytest.mark.timeout(3600)]

DEPLOYMENTS = scaled(12, 1000)
WITHOUT = scaled(12, 200)  # that many are enough to know the API server alone
ENDED_UNDER = scaled(12, 500)
RATES = [20, 50, None] if FULL else [20, None]
WEBHOOKS = 3

SHOWN = 6  # Deployments of the dashboard's own load
TROUBLE = {"Refused, by reason", "Errors, by reason", "The API server's calls that failed"}

# what a call says that met a process killed with SIGKILL: its connection ended, or nobody takes a new one until
# kube-proxy knows that the replica is not ready
KILLED = {
    *("EOF", "unexpected EOF", "connection reset by peer", "broken pipe"),
    *("server closed idle connection", "use of closed network connection"),  # Go's words where it saw the end first
    "connection refused",
}


@pytest.fixture(scope="module")
def loaded(inside: Installed, route: str) -> Iterator[Watching]:
    """Three replicas, fake nodes, and Prometheus beside them."""
    if route == "endpoints":
        pytest.skip("measured by the route of most clusters")
    values = merged(inside.values, {"replicas": WEBHOOKS})
    inside.release.install(values, "--wait", "--timeout=120s")
    with fake_nodes(inside.nodes, scaled(1, 20)), watching(inside) as watched:
        yield watched


def ready(inside: Installed) -> bool:
    """Whether the webhook has its replicas; one that still answers before it ends is none."""
    pods = inside.staying_pods()
    statuses = [status for each in pods for status in each["status"].get("containerStatuses", [])]
    return len(pods) == WEBHOOKS == len([each for each in statuses if each["ready"]])


@contextlib.contextmanager
def rolled_out(watched: Watching, rollouts: Rollouts, told: dict[str, Any]) -> Iterator[None]:
    """Roll out around the block, until every Pod exists and runs; what came of it is put into `told`."""
    inside = watched.inside
    watched.loads[rollouts.namespace] = time.time()
    before = Moment.now(inside)
    with rollouts:
        yield
    existed = rollouts.wait_for(rollouts.pods) - before.at
    ran = rollouts.wait_until_running() - before.at
    told |= {
        **rollouts.became(),
        "seconds": round(existed, 1),
        "pods_a_second": round(rollouts.pods / existed, 1),
        "running_after_seconds": round(ran, 1),
        **figures(inside, before, rollouts.namespace),
    }


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: f"{rate}-a-second" if rate else "burst")
def test_rate(inside: Installed, loaded: Watching, rate: int | None) -> None:
    """Every Pod is made and injected, no call fails; and what it costs beside the same Pods without annotations."""
    name = f"rate-{rate}" if rate else "burst"
    told: dict[str, dict[str, Any]] = {"with": {}, "without": {}}
    with rolled_out(loaded, Rollouts(inside.nodes, name, DEPLOYMENTS, rate), told["with"]):
        pass
    with rolled_out(loaded, Rollouts(inside.nodes, f"{name}-plain", WITHOUT, rate, annotated=False), told["without"]):
        pass
    keep(f"load, {name}", {"controllers": CONTROLLERS, "webhooks": WEBHOOKS, **told})

    for each, count in (("with", DEPLOYMENTS), ("without", WITHOUT)):
        assert told[each]["right"] == told[each]["pods"] == count * REPLICAS
        assert told[each]["calls_failed"] == 0
        assert told[each]["refused"] == {}
    assert told["with"]["calls"]["count"] >= DEPLOYMENTS * REPLICAS
    assert told["without"]["calls"]["count"] == 0


@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM"])
def test_replica_ends(inside: Installed, loaded: Watching, how: str) -> None:
    """One of three ends in the middle of a burst: every Pod is made and injected; none fails where it was told to."""
    assert ready(inside)
    told: dict[str, Any] = {}
    rollouts = Rollouts(inside.nodes, f"ends-by-{how.lower()}", ENDED_UNDER, None)
    with rolled_out(loaded, rollouts, told):
        rollouts.wait_for(rollouts.pods // 2)
        name, pid = next(iter(webhook_processes(inside).items()))
        if how == "SIGKILL":
            os.kill(pid, signal.SIGKILL)
        else:  # as an eviction does
            inside.nodes.kubectl("delete", "pod", name, "-n", NAMESPACE, "--wait=false")
    keep(f"load, {how}", told)
    wait_until(lambda: ready(inside), 120, "there are three replicas again")
    loaded.look()

    assert told["right"] == told["pods"] == rollouts.pods
    assert set(told["refused"]) <= KILLED
    assert told["calls_failed"] == sum(told["refused"].values())
    if how == "SIGTERM":
        assert told["calls_failed"] == 0


def test_dashboard(inside: Installed, loaded: Watching) -> None:
    """Each query of the dashboard gives data of a load; those of trouble give none, until there is trouble."""
    nodes = inside.nodes
    began = time.time()

    def filled(since: float) -> set[str]:
        return {each.panel for each in queries() if loaded.asked(each, since, time.time())}

    rollouts = Rollouts(nodes, "shown", SHOWN, 20)
    with rollouts:
        pass
    rollouts.wait_for(rollouts.pods)
    everything = {each.panel for each in queries()}
    wait_until(lambda: filled(began) >= everything - TROUBLE, 60, "every panel shows the load")
    assert filled(began) == everything - TROUBLE

    unreachable = nodes.get("mutatingwebhookconfiguration", NAME)
    unreachable["metadata"] = {"name": "unreachable"}
    for hook in unreachable["webhooks"]:
        hook["clientConfig"] = {"url": "https://127.0.0.1:9"}
        hook["namespaceSelector"] = {"matchLabels": {"kubernetes.io/metadata.name": "shown"}}
    nodes.apply(unreachable)
    replica = inside.staying_pods()[0]["metadata"]["name"]
    mutate = f"/api/v1/namespaces/{NAMESPACE}/pods/https:{replica}:8443/proxy/mutate"

    def in_trouble() -> bool:
        for namespace, asked in (("shown", MAIL), ("default", {"file.omamori.dev/mail": "no path"})):
            manifest = json.dumps(pod(namespace, "refused", asked, NOWHERE))
            nodes.kubectl("create", "-f", "-", "--dry-run=server", stdin=manifest, check=False)
        nodes.kubectl("create", "--raw", mutate, "-f", "-", stdin="{", check=False)
        return filled(began) == everything == filled(loaded.began)  # in the picture of all loads, too

    wait_until(in_trouble, 120, "the panels of trouble show it")
    nodes.kubectl("delete", "mutatingwebhookconfiguration", "unreachable")
    loaded.keep()
