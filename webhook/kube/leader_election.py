"""Leader election by a Lease with the official client, which tolerates an API server that does not answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import urllib3
from kubernetes.client import ApiException
from kubernetes.client.api.coordination_v1_api import CoordinationV1Api
from kubernetes.leaderelection.electionconfig import Config
from kubernetes.leaderelection.leaderelection import LeaderElection
from kubernetes.leaderelection.resourcelock.leaselock import LeaseLock

from webhook.kube.client import Cluster

# seconds: Lease duration, renew deadline, retry period
DURATION_SECONDS = 15
RENEWAL_SECONDS = 10
RETRY_SECONDS = 2


@dataclass(frozen=True, slots=True)
class LeaseName:
    """Which Lease."""

    namespace: str
    name: str


def lead(cluster: Cluster, lease: LeaseName, identity: str, work: Callable[[], None]) -> None:
    """Wait to be elected by a Lease, run `work` in a thread, and return once the Lease is lost."""
    lock = _PatientLease(lease.name, lease.namespace, identity)
    lock.api_instance = CoordinationV1Api(cluster.api_client)
    times = (DURATION_SECONDS, RENEWAL_SECONDS, RETRY_SECONDS)
    LeaderElection(Config(lock, *times, onstarted_leading=work, onstopped_leading=lambda: None)).run()


class _PatientLease(LeaseLock):  # type: ignore[misc]  # the client is taken without types
    """The official client's lock, but an unreachable API server does not end the election."""

    def get(self, name: str, namespace: str) -> Any:
        try:
            return super().get(name, namespace)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return False, ApiException(status=0, reason=type(error).__name__)

    def create(self, name: str, namespace: str, election_record: Any) -> Any:
        try:
            return super().create(name, namespace, election_record)
        except (urllib3.exceptions.HTTPError, OSError):
            return False

    def update(self, name: str, namespace: str, updated_record: Any) -> Any:
        try:
            return super().update(name, namespace, updated_record)
        except (urllib3.exceptions.HTTPError, OSError):
            return False
