"""Check the row of Vault's lock: held, left behind, or written by a node with a wrong clock. Pure.

Facts: the row is Path `core`, Key `_lock`; Expires is in nanoseconds by the clock of the node that holds it, which
sets it to 15 s from now every 5 s. A clean stop deletes the row; after a kill it stays, and the first node that sees
it expired takes it over: nothing has to be deleted. A waiting node tries every second.
"""

from __future__ import annotations

from collections.abc import Iterator

from vault.report import Finding, Status
from vault.storage.checks.clock import ERROR_SECONDS, WARN_SECONDS
from vault.storage.clock import Reading
from vault.storage.rows import Lock

LOCK_SECONDS = 15
# a waiting node takes it a second after it has expired
STALE_SECONDS = 5


def check_lock(lock: Lock | None, dynamodb: Reading) -> Iterator[Finding]:
    """Return the finding about the row, by DynamoDB's clock. No row (None) is good: no holder, and none was killed."""
    if lock is None:
        return
    left = lock.expires - (dynamodb.offset + dynamodb.answered_at)
    if left < -STALE_SECONDS - dynamodb.uncertainty:
        what = f"the lock of the active node expired {-left:.0f} s ago, and no node has taken it"
        hint = (
            "start Vault: a node takes it by itself, and do not delete anything. If a node is active, its clock is "
            "behind; if one waits, look at its clock and its log"
        )
        yield Finding("stale-lock", Status.WARNING, what, hint)
    ahead = left - LOCK_SECONDS - dynamodb.uncertainty
    if ahead > WARN_SECONDS:
        status = Status.FAILED if ahead > ERROR_SECONDS else Status.WARNING
        what = (
            f"the lock expires in {left:.0f} s, but Vault's lock lasts {LOCK_SECONDS} s: the active node's clock is "
            "ahead"
        )
        hint = "run chrony or another NTP client on the node; after a kill the others wait this long for the lock"
        yield Finding("lock-ahead", status, what, hint)
