"""One tenant cannot hurt another: the worst Pods by dry run, through a real API server, while others create theirs."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.dryrun.place import ASKING, SHOP, client, pod
from tests.support.webhook import hostile

if TYPE_CHECKING:
    from tests.e2e.dryrun.place import Place

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

HONEST = 150
LEAST_ATTACKS = 40
GOAL_SECONDS = 0.5


def worst() -> list[dict[str, Any]]:
    """The hand-made maxima that are Pods, as a tenant who may create Pods in one namespace can send them."""
    made = []
    for _, raw in hostile.pods():
        raw["metadata"] = {**raw["metadata"], "namespace": SHOP}
        made.append(raw)
    return made


def test_nobody_else_is_refused(api: Place) -> None:
    """Not one Pod of another tenant is refused or made to wait for long, and the webhook stays small."""
    attacks, slowest = 0, 0.0
    ended = threading.Event()

    def attack() -> None:
        nonlocal attacks
        with client(api.server) as attacker:
            while not ended.is_set():
                for raw in worst():
                    attacker.post(f"/api/v1/namespaces/{SHOP}/pods", json=raw, params={"dryRun": "All"})
                    attacks += 1
                    if ended.is_set():
                        return

    threads = [threading.Thread(target=attack) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        made = 0
        while made < HONEST or attacks < LEAST_ATTACKS:
            started = time.monotonic()
            answer = api.create(pod(f"honest-{made}", ASKING))
            slowest = max(slowest, time.monotonic() - started)
            assert answer.status == 201, answer.message
            assert answer.body["spec"]["initContainers"][0]["name"] == "omamori-init"
            made += 1
    finally:
        ended.set()
        for thread in threads:
            thread.join(60)
    print(f"{made} Pods beside {attacks} attacks: the slowest took {slowest:.3f} s")
    assert slowest < 3 * GOAL_SECONDS + 1  # the API server itself validates the attacker's Pods meanwhile
    errors = [line for line in api.webhook.decisions() if line["outcome"] == "error"]
    assert not errors
