"""A load of new Pods, as controllers would make them: annotated, created at a steady rate, and never started."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Self

import httpx

from tests.realparts.kubeclient import kube_client
from tests.support.cluster.manifests import pod

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from tests.realparts.apiserver import ApiServer

MAIL = {"file.omamori.dev/mail.pass": "secret/data/shop/mail#password"}
NOWHERE = {"nodeSelector": {"no-such": "node"}, "serviceAccountName": "default"}
OURS = ("omamori-init",)


class NewPods:
    """Creates Pods in a namespace for as long as the context lasts; then says what became of them."""

    def __init__(self, server: ApiServer, namespace: str, *, rate: float) -> None:
        """Create nothing yet; `rate` is in Pods a second."""
        self._server = server
        self._namespace = namespace
        self._seconds = 1 / rate
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.injected = 0
        self.uninjected: list[str] = []
        self.refused: list[str] = []
        self.slowest_seconds = 0.0

    @property
    def created(self) -> int:
        """How many were asked for, whatever became of them."""
        return self.injected + len(self.uninjected) + len(self.refused)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        with kube_client(self._server) as client:
            due = time.monotonic()
            while not self._ending.wait(max(0.0, due - time.monotonic())):
                due += self._seconds
                self._create(client, f"new-{self.created}")

    def _create(self, client: httpx.Client, name: str) -> None:
        started = time.monotonic()
        try:
            manifest = pod(self._namespace, name, MAIL, NOWHERE)
            answer = client.post(f"/api/v1/namespaces/{self._namespace}/pods", json=manifest)
        except httpx.TransportError as error:
            self.refused.append(repr(error))
            return
        self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - started)
        if answer.status_code != httpx.codes.CREATED:
            self.refused.append(answer.text)
        elif init_containers(answer.json()) == OURS:
            self.injected += 1
        else:
            self.uninjected.append(name)


def init_containers(made: dict[str, Any]) -> Sequence[str]:
    """Give the names of a Pod's init containers."""
    return tuple(each["name"] for each in made["spec"].get("initContainers", []))
