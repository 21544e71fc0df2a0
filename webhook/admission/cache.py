"""Cache of recent decisions with a budget in bytes: the Pods of a workload are alike.

The cache is bounded by cost, not by count, and does not keep large values: a caller that sends large, distinct reviews
cannot fill it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

BUDGET_BYTES = 16 * 1024 * 1024
MAX_ENTRY_BYTES = 64 * 1024

Made = TypeVar("Made")


class _Entry:
    """A value, its cost, and whether it was asked for since it was last looked at for room."""

    __slots__ = ("cost_bytes", "is_used", "value")

    def __init__(self, value: Any, cost_bytes: int) -> None:
        self.value = value
        self.cost_bytes = cost_bytes
        self.is_used = False


class Cache:
    """Values by their keys; what was not asked for since the last look goes first. It belongs to one Settings.

    That is the second-chance rule: a value that is found need not be moved, which would hash its key, the facts of a
    Pod, once more.
    """

    def __init__(self, budget_bytes: int = BUDGET_BYTES, max_entry_bytes: int = MAX_ENTRY_BYTES) -> None:
        """Remember nothing yet."""
        self._budget_bytes = budget_bytes
        self._max_entry_bytes = max_entry_bytes
        self._entries: dict[Hashable, _Entry] = {}
        self.held_bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable, make: Callable[[], Made], cost_bytes: Callable[[Made], int]) -> Made:
        """Return the value of a key: the one remembered, or a new one. What `make` raises is not remembered.

        `cost_bytes` says how much memory key and value take together; it is asked once for each new value.
        """
        entry = self._entries.get(key)
        if entry is not None:
            entry.is_used = True
            found: Made = entry.value
            return found
        made = make()
        cost = cost_bytes(made)
        if cost <= self._max_entry_bytes:
            self._entries[key] = _Entry(made, cost)
            self.held_bytes += cost
            while self.held_bytes > self._budget_bytes:
                self._drop_one()
        return made

    def _drop_one(self) -> None:
        oldest = next(iter(self._entries))
        entry = self._entries.pop(oldest)
        if entry.is_used:
            entry.is_used = False
            self._entries[oldest] = entry
        else:
            self.held_bytes -= entry.cost_bytes
