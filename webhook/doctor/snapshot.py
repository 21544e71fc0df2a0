"""What was seen of an installation, as values: each object, or that there is none, or why it may not be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from vault.contract.errors import Failure

Found = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an installation is, and what the chart called it."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Look:
    """One look: `what` was looked for; `found` None: there is none; `refusal`: the API server's, "" where it answered.

    A list is an object with `items`.
    """

    what: str
    found: Found | None = None
    refusal: str = ""

    @property
    def items(self) -> tuple[Found, ...]:
        """The objects of a list; none where it may not be seen."""
        return tuple((self.found or {}).get("items") or ())


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a Pod that was created by dry run, with one annotation of ours; `namespace` is where."""

    namespace: str
    look: Look


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that was seen in the cluster, at `now` by the API server's clock.

    `serving` is the Secret's `tls.crt` alone: its key is dropped where it is read. `unserved` are Pods that ask for
    secrets and were not injected.
    """

    place: Place
    now: datetime
    version: Look
    deployment: Look
    trust: Look
    pods: Look
    budgets: Look
    configuration: Look
    service: Look
    endpoints: Look
    serving: Look
    controller: Look
    lease: Look
    nodes: Look
    policy: Look
    binding: Look
    unserved: Look
    trial: Trial


@dataclass(frozen=True, slots=True)
class VaultSeen:
    """What a Vault said of itself, or why it did not. `health` is that of sys/health.

    `trust` is the ConfigMap of its CA, None where the CA comes from elsewhere; `ahead_seconds` is how far its clock is
    ahead of the API server's.
    """

    name: str
    address: str
    health: Mapping[str, Any] | None = None
    failure: Failure | None = None
    trust: Look | None = None
    ahead_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class LoginSeen:
    """What became of a login as a ServiceAccount. `failure` None: it worked; `paths` are what it may do, by path.

    `account` and `token` are looks at the ServiceAccount and at the request of a token of it.
    `paths_failure` is why the capabilities could not be asked for.
    """

    subject: str
    vault: str
    role: str
    account: Look
    token: Look
    failure: Failure | None = None
    policies: tuple[str, ...] = ()
    paths: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    paths_failure: Failure | None = None
