"""What was decided lately, remembered within a budget in bytes: a workload's Pods are alike.

What is kept is bounded by its cost, not by its count, and a large value is not kept at all: whoever sends large reviews
that all differ pays for each of them, and nothing of them stays.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

BUDGET_BYTES = 16 * 1024 * 1024
MAX_ENTRY_BYTES = 64 * 1024

Made = TypeVar("Made")


class Cache:
    """Values by their keys; what was not used for longest goes first. It belongs to one Settings."""

    def __init__(self, budget_bytes: int = BUDGET_BYTES, max_entry_bytes: int = MAX_ENTRY_BYTES) -> None:
        """Remember nothing yet."""
        self._budget_bytes = budget_bytes
        self._max_entry_bytes = max_entry_bytes
        self._entries: dict[Hashable, tuple[Any, int]] = {}
        self.held_bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable, make: Callable[[], Made], cost_bytes: Callable[[Made], int]) -> Made:
        """Give the value of a key: the one remembered, or a new one. What `make` raises is not remembered.

        `cost_bytes` says how much memory key and value take together; it is asked once for each new value.
        """
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._entries[key] = entry  # the newest is last
            made: Made = entry[0]
            return made
        made = make()
        cost = cost_bytes(made)
        if cost <= self._max_entry_bytes:
            self._entries[key] = (made, cost)
            self.held_bytes += cost
            while self.held_bytes > self._budget_bytes:
                oldest = next(iter(self._entries))
                self.held_bytes -= self._entries.pop(oldest)[1]
        return made
