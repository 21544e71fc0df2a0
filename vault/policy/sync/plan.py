"""What would be done to a Vault, as a value.

It has no secret: policies and roles are none, and what is write-only is in it by its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from vault.policy.desired.resources import Kind

Action = Literal["create", "update", "adopt", "delete"]


@dataclass(frozen=True, slots=True)
class Change:
    """One write. `old` is the normal form of what is there, None for nothing; `new` what is to be, None for nothing.

    `place` is where the files want it; "" for a deletion.
    """

    action: Action
    kind: Kind
    path: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None
    place: str = ""
    write_only: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AccessPlan:
    """All changes in their order. `orphans` are ours and in no file: to be removed, but only by `--prune`.

    `notes` is what a person should know and no change fixes; `lock` as in Access; `kept` is how many policies and roles
    of ours are there and stay.
    """

    address: str
    owner: str
    changes: tuple[Change, ...]
    orphans: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    lock: str = ""
    kept: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether Vault is as the files want it."""
        return not self.changes and not self.orphans
