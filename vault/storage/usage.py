"""Compute what takes space in a table and what a login costs, in one pass over its items. Pure.

Facts (Vault 1.21): a write to a key with n folders writes n + 1 items, because the folders are written, too. A login
with a service token writes three entries: token, accessor and lease; with a batch token none. Identities are packed
into 256 buckets at `logical/UUID/packer/buckets/N`, one item each. Mount names are encrypted, so a mount is
identified by its UUID.
"""

from __future__ import annotations

import heapq
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vault.storage.rows import KILOBYTE, StoredItem

MOST_SHOWN = 10
BUCKETS = 256

_BUCKET = re.compile(r"logical/[^/]+/packer/buckets/\d+")
_LEASES, _TOKENS, _ACCESSORS = "sys/expire/id/", "sys/token/id/", "sys/token/accessor/"


@dataclass(slots=True)
class Sum:
    """A number of items and their total bytes."""

    items: int = 0
    size_bytes: int = 0

    def add(self, item: StoredItem) -> None:
        """Add one item."""
        self.items += 1
        self.size_bytes += item.size_bytes

    @property
    def units_each(self) -> int:
        """The write units of an average item: one per started kilobyte. 1 if there is no item."""
        return max(1, math.ceil(self.size_bytes / KILOBYTE / self.items)) if self.items else 1


@dataclass(frozen=True, slots=True)
class LoginCost:
    """What a login at a path writes if it issues a service token, and how many leases of such logins exist."""

    path: str
    leases: int
    items: int
    write_units: int


@dataclass(frozen=True, slots=True)
class Census:
    """The counts. `prefixes` are sorted by bytes, `biggest` and `fullest_buckets` by size, the largest first."""

    total: Sum
    prefixes: tuple[tuple[str, Sum], ...]
    biggest: tuple[StoredItem, ...]
    buckets: int
    fullest_buckets: tuple[StoredItem, ...]
    logins: tuple[LoginCost, ...]


def take_census(items: Iterable[StoredItem]) -> Census:
    """Count all items."""
    total, tokens, accessors = Sum(), Sum(), Sum()
    prefixes: defaultdict[str, Sum] = defaultdict(Sum)
    leases: defaultdict[str, Sum] = defaultdict(Sum)
    biggest, buckets = _Largest(), _Largest()
    for item in items:
        name = item.name
        total.add(item)
        prefixes[_prefix(item)].add(item)
        biggest.add(item)
        if _BUCKET.fullmatch(name):
            buckets.add(item)
        if item.key.endswith("/"):
            continue
        if name.startswith(f"{_LEASES}auth/"):
            leases[name.rpartition("/")[0].removeprefix(_LEASES)].add(item)
        elif name.startswith(_TOKENS):
            tokens.add(item)
        elif name.startswith(_ACCESSORS):
            accessors.add(item)
    return Census(
        total=total,
        prefixes=tuple(sorted(prefixes.items(), key=lambda each: (-each[1].size_bytes, each[0]))),
        biggest=biggest.items(),
        buckets=buckets.count,
        fullest_buckets=buckets.items(),
        logins=tuple(_login_costs(leases, tokens, accessors)),
    )


def items_written(name: str) -> int:
    """Return how many items a write to a key writes: the key itself and each folder above it."""
    return name.count("/") + 1


def _prefix(item: StoredItem) -> str:
    return "/" if item.path == " " else "/".join([*item.path.split("/")[:2], ""])


def _login_costs(leases: dict[str, Sum], tokens: Sum, accessors: Sum) -> Iterator[LoginCost]:
    """Return the cost for each login path; a user name after it (`…/login/NAME`) costs one more folder."""
    by_path: defaultdict[tuple[str, int], Sum] = defaultdict(Sum)
    for folder, found in leases.items():
        head, login, _ = folder.partition("/login/")
        one = by_path[f"{head}/login/NAME" if login else folder, items_written(f"{_LEASES}{folder}/h")]
        one.items += found.items
        one.size_bytes += found.size_bytes
    others = items_written(f"{_TOKENS}h") + items_written(f"{_ACCESSORS}h")
    for (path, lease_items), found in sorted(by_path.items(), key=lambda each: each[0]):
        # one unit per folder, and one per kilobyte of the three entries
        folders = lease_items + others - 3
        units = folders + found.units_each + tokens.units_each + accessors.units_each
        yield LoginCost(path, found.items, lease_items + others, units)


class _Largest:
    """Keeps the largest items of many."""

    def __init__(self) -> None:
        self.count = 0
        self._heap: list[tuple[int, int, StoredItem]] = []

    def add(self, item: StoredItem) -> None:
        self.count += 1
        heapq.heappush(self._heap, (item.size_bytes, -self.count, item))
        if len(self._heap) > MOST_SHOWN:
            heapq.heappop(self._heap)

    def items(self) -> tuple[StoredItem, ...]:
        return tuple(item for _, _, item in sorted(self._heap, reverse=True))
