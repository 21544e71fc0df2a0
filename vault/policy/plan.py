"""Rule: what would be done to a Vault, as a value that can be kept in a file and applied later.

The file has no secret: policies and roles are none, and what is write-only is in it by reference.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from vault.policy.access import Reference
from vault.policy.entries import Kind
from vault.policy.errors import PlanRefused

FORMAT = 1
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
    write_only: tuple[tuple[str, Reference], ...] = ()


@dataclass(frozen=True, slots=True)
class AccessPlan:
    """All changes in their order. `leftovers` are ours and in no file: to be removed, but only by `--prune`.

    `notes` is what a person should know and no change mends; `lock` as in Access.
    """

    address: str
    owner: str
    changes: tuple[Change, ...]
    leftovers: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    lock: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether Vault is as the files want it."""
        return not self.changes and not self.leftovers


def render_saved(plan: AccessPlan) -> str:
    """Give the text of a plan's file: `parse_saved(render_saved(plan)) == plan`."""
    return json.dumps({"omamoriPlan": FORMAT, **asdict(plan)}, indent=1) + "\n"


def parse_saved(text: str) -> AccessPlan:
    """Read a plan's file. Raises PlanRefused where it is none, or of another version."""
    try:
        raw = json.loads(text)
        if raw.pop("omamoriPlan") != FORMAT:
            raise PlanRefused(["the plan is of another version of omamori; make it again"])
        changes, leftovers = (tuple(map(_change, raw.pop(key))) for key in ("changes", "leftovers"))
        return AccessPlan(changes=changes, leftovers=leftovers, notes=tuple(raw.pop("notes")), **raw)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise PlanRefused(["the plan's file is not one that `omamori policy plan --out` wrote"]) from None


def _change(raw: dict[str, Any]) -> Change:
    write_only = tuple((name, Reference(**reference)) for name, reference in raw.pop("write_only"))
    return Change(write_only=write_only, **raw)
