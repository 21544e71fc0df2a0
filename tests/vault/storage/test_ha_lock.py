"""The row of Vault's lock, by a clock of DynamoDB that is known to within an uncertainty."""

from __future__ import annotations

import pytest

from vault.storage.checks.ha_lock import check_lock
from vault.storage.clock import Reading
from vault.storage.rows import Lock

NOW = 1_800_000_000
EXACT = Reading(NOW, 0.0, 0.0)  # wrong by half a second at most
SLOW = Reading(NOW, 0.0, 8.0)  # by four seconds more


@pytest.mark.parametrize(
    ("left", "clock", "words"),
    [
        (10, EXACT, []),
        (-5, EXACT, []),
        (-7, EXACT, ["stale-lock"]),
        (-7, SLOW, []),
        (-9, SLOW, []),
        (-11, SLOW, ["stale-lock"]),
        (25, EXACT, ["lock-ahead"]),
        (20, SLOW, []),
        (45, SLOW, ["lock-ahead"]),
    ],
)
def test_what_is_certain_is_said(left: float, clock: Reading, words: list[str]) -> None:
    """A lock is stale, or its node's clock ahead, only where the reading of the clock cannot be to blame."""
    at = clock.offset + clock.answered_at
    assert [each.check for each in check_lock(Lock(at + left), clock)] == words
