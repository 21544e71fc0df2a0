"""All items are read slowly enough to leave Vault its capacity, and what it costs is known before.

Facts (AWS): a Scan of what may be a moment old costs half a read unit for 4 KB of what is read, values included, in
pages of up to 1 MB. DescribeTable's count of items and bytes is some six hours old.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from vault.storage.client import StorageClient
from vault.storage.rows import StoredItem
from vault.storage.table.snapshot import TableSnapshot
from vault.storage.waiter import Waiter

BYTES_A_UNIT = 8 * 1024
ON_DEMAND_UNITS_A_SECOND = 100.0
# of a provisioned table's read units; the rest is Vault's
SHARE_OF_CAPACITY = 0.25
TELL_SECONDS = 10.0
MOST_ITEMS_A_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What a scan will read, by AWS's last count, and how long it takes at its pace."""

    items: int
    size_bytes: int
    units: int
    units_per_second: float

    def __str__(self) -> str:
        size = f"{self.size_bytes / 1024**2:,.1f} MB"
        pace = f"at {self.units_per_second:g} a second some {self.units / self.units_per_second:,.0f} s"
        return f"a scan of {self.items:,} items, {size} by AWS's last count: {self.units:,} read units, {pace}"


def default_pace(seen: TableSnapshot) -> float:
    """Read units a second that a scan may use."""
    return max(1.0, seen.capacity.read_units * SHARE_OF_CAPACITY) if seen.capacity else ON_DEMAND_UNITS_A_SECOND


def estimate(seen: TableSnapshot, units_per_second: float) -> Cost:
    """What a scan of this table costs."""
    return Cost(seen.items, seen.size_bytes, math.ceil(seen.size_bytes / BYTES_A_UNIT), units_per_second)


def scan(client: StorageClient, cost: Cost, table: str, waiter: Waiter) -> Iterator[StoredItem]:
    """Read all items, at the cost's pace. Raises StorageFailure.

    A page has about as many items as may be read in a second, and after each it is waited until what it has used is
    due.
    """
    started = told = waiter.now()
    units, items, size_bytes = 0.0, 0, 0
    average = cost.size_bytes / cost.items if cost.items else BYTES_A_UNIT
    start = None
    while True:
        page = client.scan_page(table, start, page_items(cost.units_per_second, average))
        yield from page.items
        start = page.next_start
        if start is None:
            return
        units += page.units
        items += len(page.items)
        size_bytes += sum(each.size_bytes for each in page.items)
        average = size_bytes / items if items else average
        now = waiter.now()
        if now - told >= TELL_SECONDS:
            waiter.tell(f"{table}: {items:,} items read, {units:,.0f} units")
            told = now
        waiter.sleep(max(0.0, started + units / cost.units_per_second - now))


def page_items(units_per_second: float, average_bytes: float) -> int:
    """How many items are asked for at once: what may be read in a second."""
    # a stand-in counts no bytes
    return min(MOST_ITEMS_A_PAGE, max(1, int(units_per_second * BYTES_A_UNIT / max(average_bytes, 1.0))))
