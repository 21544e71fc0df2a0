"""A load of new Pods as clusters know it: Deployments at a rate, whose Pods the controllers make on fake nodes."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from tests.install.newpods import MAIL, OURS, init_containers
from tests.realparts.kubeclient import kube_client
from tests.realparts.kwok import ON_FAKE_NODES
from tests.support.cluster.manifests import controlled, pod
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    import httpx

    from tests.realparts.apiserver import ApiServer

REPLICAS = 10
PAGE = 500
SECONDS = 900.0  # for anything that a busy cluster does


@dataclass(slots=True)
class Rollouts:
    """Creates Deployments while the context lasts, `rate` Pods a second, or with None one straight after the other.

    The context ends when all are created; their Pods come when they come. `annotated` is whether the Pods ask for a
    secret, and so whether the API server calls the webhook.
    """

    server: ApiServer
    namespace: str
    deployments: int
    rate: float | None
    annotated: bool = True
    created_seconds: float = 0.0
    _failures: list[Exception] = field(default_factory=list)
    _thread: threading.Thread | None = None
    _ending: threading.Event = field(default_factory=threading.Event)

    @property
    def pods(self) -> int:
        """How many Pods there are to be."""
        return self.deployments * REPLICAS

    def __enter__(self) -> Self:
        self.server.kubectl("create", "namespace", self.namespace)
        wait_until(self._has_account, 60, "the namespace has its ServiceAccount")
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._thread is not None
        if error is not None:
            self._ending.set()
        self._thread.join()
        assert not self._failures, self._failures

    def _has_account(self) -> bool:
        asked = ("get", "serviceaccount", "default", "-n", self.namespace, "-o", "name")
        return self.server.kubectl(*asked, check=False).startswith("serviceaccount/")

    def _run(self) -> None:
        try:
            with kube_client(self.server) as client:
                started = time.monotonic()
                for number in range(self.deployments):
                    due = started + number * REPLICAS / self.rate if self.rate else 0.0
                    if self._ending.wait(max(0.0, due - time.monotonic())):
                        return
                    body = self._deployment(f"load-{number:04}")
                    answer = client.post(f"/apis/apps/v1/namespaces/{self.namespace}/deployments", json=body)
                    assert answer.status_code == 201, answer.text
                self.created_seconds = time.monotonic() - started
        except Exception as error:  # noqa: BLE001 - it is raised where the context ends
            self._failures.append(error)

    def _deployment(self, name: str) -> dict[str, Any]:
        spec = {**ON_FAKE_NODES, "serviceAccountName": "default"}
        return controlled("Deployment", pod(self.namespace, name, MAIL if self.annotated else {}, spec), REPLICAS)

    def wait_for(self, count: int) -> float:
        """Wait until there are so many Pods, started or not; give the time of day."""
        with kube_client(self.server) as client:
            wait_until(lambda: not self._failures and self._count(client) >= count, SECONDS, f"{count} Pods exist")
        return time.time()

    def _count(self, client: httpx.Client) -> int:
        """Count the Pods without reading them: the API server says how many are behind the first."""
        answer = client.get(f"/api/v1/namespaces/{self.namespace}/pods", params={"limit": 1}).json()
        return len(answer["items"]) + int(answer["metadata"].get("remainingItemCount", 0))

    def became(self) -> dict[str, int]:
        """Count the Pods, page by page: all of them, those that are as they should be, and those that run."""
        found = {"pods": 0, "right": 0, "running": 0}
        wanted = OURS if self.annotated else ()
        for each in self._each():
            found["pods"] += 1
            found["right"] += init_containers(each) == wanted
            found["running"] += each["status"].get("phase") == "Running"
        return found

    def _each(self) -> Iterator[dict[str, Any]]:
        with kube_client(self.server) as client:
            page: dict[str, Any] = {"limit": PAGE}
            while True:
                answer = client.get(f"/api/v1/namespaces/{self.namespace}/pods", params=page).json()
                yield from answer["items"]
                if not answer["metadata"].get("continue"):
                    return
                page["continue"] = answer["metadata"]["continue"]

    def wait_until_running(self) -> float:
        """Wait until every Deployment has all its replicas; give the time of day."""
        with kube_client(self.server) as client:

            def complete() -> bool:
                found = client.get(f"/apis/apps/v1/namespaces/{self.namespace}/deployments").json()["items"]
                return all(each["status"].get("readyReplicas") == REPLICAS for each in found)

            wait_until(complete, SECONDS, "all Pods are ready")
        return time.time()
