"""A plan: the changes to make in a Vault.

It contains no secret: policies and roles are not secret, and write-only fields appear only by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from vault.policy.desired.resources import Kind

Action = Literal["create", "update", "adopt", "delete"]


@dataclass(frozen=True, slots=True)
class Change:
    """One write. `old` is the normal form of the present entry, `new` of the desired one; None: there is none.

    `place` is where it is declared; "" for a deletion. `owner` is whose the entry is, or will be.
    """

    action: Action
    kind: Kind
    path: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None
    place: str = ""
    write_only: tuple[tuple[str, str], ...] = ()
    owner: str = ""


@dataclass(frozen=True, slots=True)
class AccessPlan:
    """All changes in order. `orphans` are managed entries that no file declares; only `--prune` removes them.

    `owners` are those of the files; `notes` are remarks that no change resolves; `locks` are the paths of all locks,
    sorted, each once; `kept` is for each owner the number of managed policies and roles that stay.
    """

    address: str
    owners: tuple[str, ...]
    changes: tuple[Change, ...]
    orphans: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    locks: tuple[str, ...] = ()
    kept: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether Vault matches the files."""
        return not self.changes and not self.orphans
