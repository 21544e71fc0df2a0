"""Find items near DynamoDB's size limit, and explain how to shrink them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vault.report import Finding, Status
from vault.storage.rows import KILOBYTE, LIMIT_BYTES, StoredItem

WARN_SHARE, ERROR_SHARE = 0.75, 0.90

# items of Vault that grow, and how to shrink them
_GROWING = (
    (
        re.compile(r"logical/[^/]+/packer/(group/)?buckets/\d+"),
        "it is one of 256 buckets of identities (hashicorp/vault#23793): delete entities that nobody uses",
    ),
    (
        re.compile(r"(logical|core)/[^/]+/(crl|delta-crl|crls/.+)"),
        "it is a list of revoked certificates (#22980): shorter lifetimes, no_store=true and tidy make it smaller",
    ),
    (re.compile(r"core/(mounts|auth|local-mounts|local-auth)"), "it is the table of mounts: remove unused ones"),
    (re.compile(r"sys/policy/.+"), "it is a single policy: split it into several"),
)
_ANY = "store less in it, or split it: Vault answers 500 to a write above the limit"


def check_item(item: StoredItem) -> Iterator[Finding]:
    """Return the finding for an item near the limit."""
    share = item.size_bytes / LIMIT_BYTES
    if share < WARN_SHARE:
        return
    status = Status.FAILED if share >= ERROR_SHARE else Status.WARNING
    hint = next((words for pattern, words in _GROWING if pattern.fullmatch(item.name)), _ANY)
    what = f"{item.name} has {item.size_bytes / KILOBYTE:.0f} of the 400 KB that an item may have"
    yield Finding("large-item", status, what, hint)
