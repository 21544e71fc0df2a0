"""What an injected Pod costs at its start, as information: times on a busy test machine are no promise."""

from __future__ import annotations

import json
import statistics
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.cluster.manifests import container, pod

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

ROUNDS = 5
ASKING = {"file.omamori.dev/mail.pass": "secret/data/shop/mail#password"}


def seconds_to_start(installation: Installation, name: str, annotations: Mapping[str, str]) -> float:
    """Create a Pod; gives the time from then until the application's first line."""
    given = pod("times", name, annotations, {"serviceAccountName": "times"})
    given["spec"]["containers"] = [container(command=["python3", "/app/report.py"])]
    text = json.dumps(given)
    created = time.time()
    installation.nodes.kubectl("create", "-f", "-", stdin=text)
    installation.wait_for_phase("times", name, "Succeeded")
    (itself,) = installation.report("times", name, "app", 0)
    started: float = itself["started"]
    return started - created


def test_time_to_start(installation: Installation, record: Callable[[str, str], None]) -> None:
    """An injected Pod's application starts within seconds of a plain one's; medians are recorded."""
    installation.namespace("times")
    installation.nodes.apply(installation.account("times", "times"))
    times: dict[str, list[float]] = {"plain": [], "injected": []}
    for number in range(ROUNDS):
        times["plain"].append(seconds_to_start(installation, f"plain-{number}", {}))
        times["injected"].append(seconds_to_start(installation, f"injected-{number}", ASKING))
    medians = {name: statistics.median(values) for name, values in times.items()}
    record("start-times.json", json.dumps({"medians": medians, "seconds": times}, indent=1))
    assert medians["plain"] > 0
    assert medians["injected"] - medians["plain"] < 10
