"""How large an item is, as DynamoDB counts, and which are too near the limit. Values are measured, never kept.

Facts (AWS): an item has up to 400 KB, names of attributes included; text counts in UTF-8, a number a byte for two
digits and one more. Vault answers 500 to a write above it ("Item size has exceeded the maximum allowed size"), each
time again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vault.storage.finding import Finding, Severity

LIMIT_BYTES = 400 * 1024
WARN_SHARE, ERROR_SHARE = 0.75, 0.90
KILOBYTE = 1024

# which of Vault's items grow, and what makes them smaller
_GROWING = (
    (
        re.compile(r"logical/[^/]+/packer/(group/)?buckets/\d+"),
        "it is one of 256 buckets of identities (hashicorp/vault#23793): delete entities that nobody uses",
    ),
    (
        re.compile(r"(logical|core)/[^/]+/(crl|delta-crl|crls/.+)"),
        "it is a list of revoked certificates (#22980): shorter lives, no_store=true, and tidy make it smaller",
    ),
    (re.compile(r"core/(mounts|auth|local-mounts|local-auth)"), "it is the table of mounts: remove unused ones"),
    (re.compile(r"sys/policy/.+"), "it is one policy: cut it into several"),
)
_ANY = "keep less in it, or cut it into several: Vault answers 500 to a write above the limit"


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item by its key, and how many bytes it has. A folder's key ends with `/`."""

    path: str
    key: str
    size_bytes: int

    @property
    def name(self) -> str:
        """The key as Vault has it: `sys/token/id/…`."""
        return self.key if self.path == " " else f"{self.path}/{self.key}"


def measure(item: Mapping[str, Mapping[str, Any]]) -> StoredItem:
    """Measure an item as boto3 gives it, by attribute and type. Raises KeyError if it has not the table's key."""
    size = sum(len(name.encode()) + _measure_value(value) for name, value in item.items())
    return StoredItem(item["Path"]["S"], item["Key"]["S"], size)


def _measure_value(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "N":
        digits = len(re.sub(r"[^0-9]", "", content))
        return (digits + 1) // 2 + 1
    return len(content.encode() if isinstance(content, str) else content) if kind in {"S", "B"} else 1


def find_in_item(item: StoredItem) -> Iterator[Finding]:
    """What is said of an item that is near the limit."""
    share = item.size_bytes / LIMIT_BYTES
    if share < WARN_SHARE:
        return
    severity = Severity.ERROR if share >= ERROR_SHARE else Severity.WARNING
    hint = next((words for pattern, words in _GROWING if pattern.fullmatch(item.name)), _ANY)
    what = f"{item.name} has {item.size_bytes / KILOBYTE:.0f} of the 400 KB that an item may have"
    yield Finding(severity, "large-item", what, hint)
