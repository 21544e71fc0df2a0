"""What was seen of an installation, as values: each object, or that there is none, or why it may not be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
