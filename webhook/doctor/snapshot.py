"""What was seen of an installation, as values: each object, or that there is none, or why it may not be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from vault.contract.errors import Failure

K8sObject = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an installation is, and what the chart called it."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Lookup:
    """One look: `what` was looked for; `found` None: there is none; `refusal`: the API server's, "" where it answered.

    A list is an object with `items`.
    """

    what: str
    found: K8sObject | None = None
    refusal: str = ""

    @property
    def items(self) -> tuple[K8sObject, ...]:
        """The objects of a list; none where it may not be seen."""
        return tuple((self.found or {}).get("items") or ())


@dataclass(frozen=True, slots=True)
class DryRun:
    """What became of a Pod that was created by dry run, with one annotation of ours; `namespace` is where."""

    namespace: str
    lookup: Lookup


@dataclass(frozen=True, slots=True)
class ClusterSnapshot:
    """Everything that was seen in the cluster, at `now` by the API server's clock.

    `serving` is the Secret's `tls.crt` alone: its key is dropped where it is read. `unserved` are Pods that ask for
    secrets and were not injected.
    """

    place: Place
    now: datetime
    version: Lookup
    deployment: Lookup
    trust: Lookup
    pods: Lookup
    budgets: Lookup
    configuration: Lookup
    service: Lookup
    endpoints: Lookup
    serving: Lookup
    controller: Lookup
    lease: Lookup
    nodes: Lookup
    policy: Lookup
    binding: Lookup
    unserved: Lookup
    trial: DryRun


@dataclass(frozen=True, slots=True)
class VaultProbe:
    """What a Vault said of itself, or why it did not. `health` is that of sys/health.

    `trust` is the ConfigMap of its CA, None where the CA comes from elsewhere; `ahead_seconds` is how far its clock is
    ahead of the API server's.
    """

    name: str
    address: str
    health: Mapping[str, Any] | None = None
    failure: Failure | None = None
    trust: Lookup | None = None
    ahead_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class LoginProbe:
    """What became of a login as a ServiceAccount. `failure` None: it worked; `paths` are what it may do, by path.

    `account` and `token` are looks at the ServiceAccount and at the request of a token of it.
    `paths_failure` is why the capabilities could not be asked for.
    """

    subject: str
    vault: str
    role: str
    account: Lookup
    token: Lookup
    failure: Failure | None = None
    policies: tuple[str, ...] = ()
    paths: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    paths_failure: Failure | None = None
