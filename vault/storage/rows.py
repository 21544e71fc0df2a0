"""Rows of the table: the size of an item as DynamoDB counts it, and the lock. Values are measured but not kept.

Facts (AWS): an item has up to 400 KB, names of attributes included; text counts in UTF-8, a number a byte for two
digits and one more. Vault answers every write above it with 500 ("Item size has exceeded the maximum allowed
size").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KILOBYTE = 1024
LIMIT_BYTES = 400 * KILOBYTE
LOCK_PATH, LOCK_KEY = "core", "_lock"


@dataclass(frozen=True, slots=True)
class StoredItem:
    """The key and the size of an item. A folder's key ends with `/`."""

    path: str
    key: str
    size_bytes: int

    @property
    def name(self) -> str:
        """Vault's storage key: `sys/token/id/…`."""
        return self.key if self.path == " " else f"{self.path}/{self.key}"


def measure(item: Mapping[str, Mapping[str, Any]]) -> StoredItem:
    """Measure an item in boto3's form, by attribute and type. Raises KeyError if the table's key is missing."""
    size = sum(len(name.encode()) + _measure_value(value) for name, value in item.items())
    return StoredItem(item["Path"]["S"], item["Key"]["S"], size)


def _measure_value(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "N":
        digits = len(re.sub(r"[^0-9]", "", content))
        return (digits + 1) // 2 + 1
    return len(content.encode() if isinstance(content, str) else content) if kind in {"S", "B"} else 1


@dataclass(frozen=True, slots=True)
class Lock:
    """The lock's expiry in seconds since 1970, by the clock of its holder."""

    expires: float


def parse_lock(item: Mapping[str, Mapping[str, Any]]) -> Lock:
    """Parse the lock from an item. Without a time it has expired. Raises ValueError if the time is not a number."""
    return Lock(float(item.get("Expires", {}).get("N", "0")) / 1e9)
