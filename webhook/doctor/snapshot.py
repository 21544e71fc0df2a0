"""The collected facts: each object, or that it does not exist, or why it may not be read."""

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
    """The namespace of an installation, and the name that the chart gave it."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Lookup:
    """One lookup of `what`. `found` None: it does not exist; `refusal` is the API server's message, "" if it answered.

    A list is an object with `items`.
    """

    what: str
    found: K8sObject | None = None
    refusal: str = ""

    @property
    def items(self) -> tuple[K8sObject, ...]:
        """The objects of a list; empty if it may not be read."""
        return tuple((self.found or {}).get("items") or ())


@dataclass(frozen=True, slots=True)
class DryRun:
    """The result of creating an annotated Pod by dry run in `namespace`."""

    namespace: str
    lookup: Lookup


@dataclass(frozen=True, slots=True)
class ClusterSnapshot:
    """All facts from the cluster, at `now` by the API server's clock.

    `serving` is the Secret's `tls.crt` alone: its key is dropped where it is read. `unserved` are Pods that ask for
    secrets and were not injected; `configured` are those with an agent configuration in a ConfigMap.
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
    configured: Lookup
    trial: DryRun


@dataclass(frozen=True, slots=True)
class VaultProbe:
    """The answer of a Vault, or why there is none. `health` is the answer of sys/health.

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
    """The result of a login as a ServiceAccount. `failure` None: it worked; `paths` are the capabilities by path.

    `account` and `token` are the lookups of the ServiceAccount and of a token for it.
    `paths_failure` is why the capabilities could not be read.
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
