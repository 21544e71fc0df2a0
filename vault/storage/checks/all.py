"""Run all checks on a table in use, read-only. A part that cannot be read becomes a finding.

(1) the table; (2) whether it was throttled; (3) the lock, and with it DynamoDB's clock; (4) the clock of each node;
(5) the Pod's environment; (6) the items, if requested.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vault.report import Finding, Status, worst_first
from vault.storage.checks.clock import check_clock
from vault.storage.checks.credentials import check_credentials
from vault.storage.checks.ha_lock import check_lock
from vault.storage.checks.items import check_item
from vault.storage.checks.table import check_table
from vault.storage.checks.unavailable import unavailable
from vault.storage.client import StorageClient
from vault.storage.clock import Reading, skew
from vault.storage.errors import NodeUnreachable
from vault.storage.model import SHAPE
from vault.storage.node_health import read_clock
from vault.storage.rows import StoredItem
from vault.storage.table.snapshot import TableSnapshot, Unavailable, try_read

THROTTLE_HOURS = 24


@dataclass(frozen=True, slots=True)
class Questions:
    """What to check besides the table itself. Empty or None: not checked.

    `trust` None uses the system's CAs. `environment` are the names of the Vault Pod's variables; `items` are read
    lazily.
    """

    kms_key_arn: str
    nodes: tuple[str, ...]
    trust: ssl.SSLContext | None
    environment: frozenset[str] | None
    items: Iterable[StoredItem] | None
    allow_missing: bool


def check(client: StorageClient, seen: TableSnapshot | None, questions: Questions) -> tuple[Finding, ...]:
    """Return all findings, the worst first. `seen` None: the table does not exist. Raises StorageFailure."""
    if seen is None:
        return (Finding("no-table", Status.FAILED, "there is no such table", "are name, region and account right?"),)
    allow_missing = questions.allow_missing
    found = [*check_table(seen, questions.kms_key_arn, allow_missing=allow_missing)]  # (1)
    if seen.shape != SHAPE:
        return worst_first(found)  # it is not Vault's
    refused = try_read(lambda: [client.throttled(seen.name, kind, THROTTLE_HOURS) for kind in ("Read", "Write")])  # (2)
    if isinstance(refused, Unavailable):
        found.append(unavailable("throttling", refused.failure, allow_missing=allow_missing))
    else:
        found += _find_throttles(*refused)
    locked = try_read(lambda: client.lock(seen.name))  # (3)
    if isinstance(locked, Unavailable):
        found.append(unavailable("the lock, and DynamoDB's clock", locked.failure, allow_missing=allow_missing))
    else:
        lock, clock = locked
        found += check_lock(lock, clock)
        for address in questions.nodes:
            found += _find_in_node(address, questions.trust, clock)  # (4)
    if questions.environment is not None:
        found += check_credentials(questions.environment)  # (5)
    for item in questions.items or ():
        found += check_item(item)  # (6)
    return worst_first(found)


def _find_throttles(reads: int, writes: int) -> Iterator[Finding]:
    if reads or writes:
        what = f"{reads:,} reads and {writes:,} writes of the last {THROTTLE_HOURS} hours were throttled"
        hint = "give the table more capacity, or make it on demand; omamori storage size shows what a login writes"
        yield Finding("throttled", Status.WARNING, what, hint)


def _find_in_node(address: str, trust: ssl.SSLContext | None, dynamodb: Reading) -> Iterator[Finding]:
    try:
        yield from check_clock(address, skew(read_clock(address, trust), dynamodb))
    except NodeUnreachable as failure:
        yield Finding(failure.reason, Status.WARNING, failure.message, failure.hint)
