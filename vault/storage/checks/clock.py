"""Check the clock of a Vault node: with a wrong clock Vault takes over the lock of a live node."""

from __future__ import annotations

from collections.abc import Iterator

from vault.report import Finding, Status
from vault.storage.clock import Skew

WARN_SECONDS = 2.0
ERROR_SECONDS = 5.0


def check_clock(address: str, found: Skew) -> Iterator[Finding]:
    """Return the findings about a node's clock."""
    if found.certain <= WARN_SECONDS:
        return
    status = Status.FAILED if found.certain > ERROR_SECONDS else Status.WARNING
    what = f"the clock of {address} is {found} of DynamoDB's"
    hint = "run chrony or another NTP client on the node: with a wrong clock Vault takes over the lock of a live node"
    yield Finding("clock-skew", status, what, hint)
