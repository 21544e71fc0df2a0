"""Read all items slowly enough to leave Vault its capacity; the cost is estimated beforehand.

Facts (AWS): an eventually consistent Scan costs half a read unit per 4 KB read, including values, in pages of up to
1 MB. DescribeTable's counts of items and bytes are up to six hours old.
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
# share of a provisioned table's read units; the rest is left to Vault
SHARE_OF_CAPACITY = 0.25
TELL_SECONDS = 10.0
MOST_ITEMS_A_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What a scan will read, by AWS's last count, and how long it takes at its speed."""

    items: int
    size_bytes: int
    units: int
    units_per_second: float

    def __str__(self) -> str:
        size = f"{self.size_bytes / 1024**2:,.1f} MB"
        pace = f"at {self.units_per_second:g} a second some {self.units / self.units_per_second:,.0f} s"
        return f"a scan of {self.items:,} items, {size} by AWS's last count: {self.units:,} read units, {pace}"


def default_pace(seen: TableSnapshot) -> float:
    """Return how many read units per second a scan may use."""
    return max(1.0, seen.capacity.read_units * SHARE_OF_CAPACITY) if seen.capacity else ON_DEMAND_UNITS_A_SECOND


def estimate(seen: TableSnapshot, units_per_second: float) -> Cost:
    """Estimate the cost of a scan of this table."""
    return Cost(seen.items, seen.size_bytes, math.ceil(seen.size_bytes / BYTES_A_UNIT), units_per_second)


def scan(client: StorageClient, cost: Cost, table: str, waiter: Waiter) -> Iterator[StoredItem]:
    """Read all items at the estimated speed. Raises StorageFailure.

    A page has about as many items as may be read in a second; after each page the scan waits until its read units
    are within the limit.
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
    """Return the page size: the number of items that may be read in a second."""
    # an emulator does not count bytes
    return min(MOST_ITEMS_A_PAGE, max(1, int(units_per_second * BYTES_A_UNIT / max(average_bytes, 1.0))))
