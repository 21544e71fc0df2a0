"""Scan a table at a chosen speed, after printing the expected cost."""

from __future__ import annotations

from collections.abc import Iterator

from vault.cli.terminal import show_progress, warn
from vault.storage.client import StorageClient
from vault.storage.rows import StoredItem
from vault.storage.table.scan import default_pace, estimate, scan
from vault.storage.table.snapshot import TableSnapshot
from vault.storage.waiter import Waiter


def scanned(client: StorageClient, seen: TableSnapshot, pace: float | None) -> Iterator[StoredItem]:
    """Yield all items; the cost is printed to stderr before the first request. Raises StorageFailure."""
    cost = estimate(seen, pace or default_pace(seen))
    warn(*str(cost).split("\n"))
    yield from scan(client, cost, seen.name, Waiter(tell=show_progress))
