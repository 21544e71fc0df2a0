"""A plan: the changes to make in a Vault.

It contains no secret: policies and roles are not secret, and write-only fields appear only by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from vault.policy.desired.resources import Kind

Action = Literal["create", "update", "adopt", "delete"]


@dataclass(frozen=True, slots=True)
class Change:
    """One write. `old` is the normal form of the present entry, `new` of the desired one; None: there is none.

    `place` is where it is declared; "" for a deletion.
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
    """All changes in order. `orphans` are managed entries that no file declares; only `--prune` removes them.

    `notes` are remarks that no change resolves; `lock` as in Access; `kept` is the number of managed policies and
    roles that stay.
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
        """Whether Vault matches the files."""
        return not self.changes and not self.orphans
