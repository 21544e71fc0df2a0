"""How soon a Pod comes up whose secrets were asked for while Vault was away, by how long Vault stayed away."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.cluster.installation import ELSEWHERE, settings
from tests.support.cluster.manifests import container, pod
from tests.support.cluster.webhooks import webhook_configuration, webhook_process
from tests.support.scale import keep, scaled
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(3600)]

OUTAGES_SECONDS = (10, 60, 600)[: scaled(1, 3)]
LONGEST_SECONDS = 400  # the kubelet's longest back-off, and a start
NAMESPACE = "outages"
FILE = {"file.omamori.dev/mail.pass": "secret/data/shop/mail#password"}
WAYS: Mapping[str, Mapping[str, str]] = {
    "init": FILE,
    "fast": {**FILE, "omamori.dev/start": "fast"},
    "sidecar": {**FILE, "omamori.dev/mode": "sidecar"},
}
HAS_IT = "test -s /vault/secrets/mail.pass && exec sleep 3600"
SPEC: Mapping[str, Any] = {
    "restartPolicy": "Always",
    "containers": [container(command=["/bin/sh", "-c", HAS_IT])],
}


@pytest.fixture(scope="module")
def usual(installation: Installation) -> Iterator[Installation]:
    """The installation, with a namespace whose Pods wait for as long as they do by default."""
    variables = settings(installation.box, installation.vault, installation.second_port)
    del variables["AGENT_DEADLINE_SECONDS"]
    with webhook_process(
        installation.box, variables, name="webhook-outages", port=installation.box.port(9463)
    ) as webhook:
        selected = {"matchLabels": {ELSEWHERE: NAMESPACE}}
        installation.nodes.apply(webhook_configuration("omamori-outages", webhook.client_config(), namespaces=selected))
        installation.namespace(NAMESPACE, {ELSEWHERE: NAMESPACE})
        yield installation
        installation.nodes.kubectl("delete", "mutatingwebhookconfiguration", "omamori-outages")


def started_at(installation: Installation, name: str) -> float | None:
    """When the application has started, in seconds since the epoch. None: it has not."""
    found = installation.nodes.get("pod", name, "-n", NAMESPACE)["status"].get("containerStatuses") or [{}]
    running = found[0].get("state", {}).get("running")
    return datetime.fromisoformat(running["startedAt"]).timestamp() if running else None


@pytest.mark.parametrize("seconds", OUTAGES_SECONDS)
def test_pods_come_up_after_an_outage(usual: Installation, seconds: int) -> None:
    """Each way gets its secrets by itself, sooner or later; how much later is kept."""
    names = {way: f"{way}-{seconds}" for way in WAYS}
    with usual.without_vault(NAMESPACE, *names.values()):
        for way, name in names.items():
            usual.nodes.apply(pod(NAMESPACE, name, WAYS[way], SPEC))
        time.sleep(seconds)
        assert [started_at(usual, name) for name in names.values()] == [None] * len(names)
    back = time.time()
    later = {
        way: wait_until(partial(started_at, usual, name), LONGEST_SECONDS, f"{name} has started") - back
        for way, name in names.items()
    }
    keep(f"outage of {seconds} s", {way: max(0, round(each)) for way, each in later.items()})
