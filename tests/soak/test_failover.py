"""The active Vault of three Pods is killed again and again: another serves soon, and no acknowledged write is lost."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from statistics import median

import httpx
import pytest

from tests.realparts.aws import aws
from tests.realparts.cluster import cluster
from tests.realparts.dynamodb import dynamodb
from tests.realparts.sandbox import sandbox
from tests.support.cluster.vaultpods import VaultPods, vault_pods
from tests.support.scale import keep, scaled
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.real, pytest.mark.long, pytest.mark.timeout(0)]

KILLS = scaled(1, 50)
DELETIONS = scaled(1, 10)
WRITES = 200  # acknowledged between two kills, at least
PAUSE_SECONDS = 0.02  # between two writes
LOCK_SECONDS = 10.0  # renewed each 5 s for 15 s: so long it is held, at least, by a Vault that was killed
LONGEST_SECONDS = 30.0  # until it has ended, and somebody has noticed


class Writer(threading.Thread):
    """Writes entry after entry, and notes which were acknowledged, and when; it repeats none."""

    def __init__(self, client: httpx.Client) -> None:
        super().__init__(daemon=True)
        self._client = client
        self._ended = threading.Event()
        self.acknowledged: list[tuple[float, int]] = []
        self.unknown = 0

    def run(self) -> None:
        """Write until told to stop."""
        number = 0
        while not self._ended.wait(PAUSE_SECONDS):
            number += 1
            try:
                answer = self._client.post(str(number), json={"value": number})
            except httpx.TransportError:
                self.unknown += 1
                continue
            if answer.status_code == 204:
                self.acknowledged.append((time.monotonic(), number))
            else:
                self.unknown += 1

    def stop(self) -> None:
        """End with the write that is under way."""
        self._ended.set()
        self.join()

    def first_after(self, moment: float) -> float | None:
        """Give when the first write after a moment was acknowledged; None if none was yet."""
        at, _ = self.acknowledged[-1]
        return next((at for at, _ in self.acknowledged if at > moment), None) if at > moment else None

    def wait_for(self, more: int) -> None:
        """Wait until so many more are acknowledged."""
        wanted = len(self.acknowledged) + more
        wait_until(lambda: len(self.acknowledged) >= wanted, 120, f"{more} more writes are acknowledged")

    def longest_gap(self, since: float) -> float:
        """Give the longest time between two acknowledged writes, from a moment on."""
        moments = [at for at, _ in self.acknowledged if at >= since]
        return max(later - earlier for earlier, later in pairwise(moments))

    def lost(self) -> list[int]:
        """Read back all that was acknowledged, and give what is not there."""
        return [number for _, number in self.acknowledged if not self._is_kept(number)]

    def _is_kept(self, number: int) -> bool:
        answer = self._client.get(str(number))
        return answer.status_code == 200 and answer.json()["data"] == {"value": number}


@contextmanager
def writing(pods: VaultPods) -> Iterator[Writer]:
    """Write for a while."""
    with httpx.Client(
        base_url=f"{pods.address}/v1/kv/kept/",
        headers={"X-Vault-Token": pods.root_token},
        verify=ssl.create_default_context(cafile=str(pods.ca_pem)),
        trust_env=False,
        timeout=5.0,
    ) as client:
        writer = Writer(client)
        writer.start()
        try:
            yield writer
        finally:
            writer.stop()


@pytest.fixture(scope="module")
def pods() -> Iterator[VaultPods]:
    """A cluster with nothing else on it."""
    with (
        sandbox() as box,
        cluster(box) as nodes,
        dynamodb(box) as store,
        aws(box) as cloud,
        vault_pods(nodes, store, cloud) as made,
    ):
        made.admin.write("sys/mounts/kv", type="kv", options={"version": "1"})
        yield made


def killed(pods: VaultPods, writer: Writer) -> float:
    """Kill the active Vault; give the seconds until a write was acknowledged again, and wait until three are ready.

    Its Pod is deleted, too, as with a lost machine: the kubelet waits longer after each crash of one and the same Pod.
    """
    active = pods.active()
    old = pods.uid(active)
    pods.kill(active)
    moment = time.monotonic()
    pods.delete(active, "--wait=false")
    served = wait_until(lambda: writer.first_after(moment), LONGEST_SECONDS, "another Vault takes a write")
    wait_for_another(pods, active, old)
    return served - moment


def wait_for_another(pods: VaultPods, name: str, old: str | None) -> None:
    """Wait until a new Pod has the name of an old one, and all are ready."""
    wait_until(lambda: pods.uid(name) not in {None, old}, 90, "the StatefulSet makes the Pod again")
    pods.wait_until_ready()


def test_active_deleted(pods: VaultPods) -> None:
    """The active Pod is deleted, as in an upgrade: it gives the lock back, and nobody waits for it to expire."""
    gaps = []
    with writing(pods) as writer:
        for _ in range(DELETIONS):
            writer.wait_for(WRITES)
            active = pods.active()
            old = pods.uid(active)
            since = time.monotonic()
            pods.delete(active, "--wait=false")
            wait_for_another(pods, active, old)
            writer.wait_for(WRITES)
            gaps.append(writer.longest_gap(since))
        writer.stop()
        assert writer.lost() == []
    keep("handover", {"deletions": DELETIONS, "seconds": [round(each, 1) for each in gaps]})
    assert max(gaps) < LOCK_SECONDS


def test_active_killed(pods: VaultPods) -> None:
    """Each time another node serves within the lock's life and a little, and all acknowledged writes are there."""
    with writing(pods) as writer:
        took = []
        for _ in range(KILLS):
            writer.wait_for(WRITES)
            took.append(killed(pods, writer))
        writer.stop()
        lost = writer.lost()
        figures = {
            "kills": KILLS,
            "seconds": [round(each, 1) for each in took],
            "median_seconds": round(median(took), 1),
            "acknowledged": len(writer.acknowledged),
            "not_acknowledged": writer.unknown,
            "lost": len(lost),
        }
        keep("failover", figures)
        assert lost == []
        # and it would be seen: one that is taken away is missed
        _, last = writer.acknowledged[-1]
        pods.admin.delete(f"kv/kept/{last}")
        assert writer.lost() == [last]
