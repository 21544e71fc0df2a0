"""Find the pending changes of a plan by reading the entries that it would change again.

An entry that matches the desired state is done. One that is as it was at planning time is pending. One that is neither
was changed by somebody else, and then nothing is written at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from vault.client import VaultClient
from vault.policy.desired.resources import Fields, Resource, normal_form
from vault.policy.errors import PlanStale
from vault.policy.sync.plan import Change
from vault.policy.sync.state import concurrently, read_mounts

MOUNT_TABLES = {"mount": "sys/mounts", "auth": "sys/auth"}
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Pending:
    """A pending change. `version` is that of an OpenBao policy, for check-and-set, else None."""

    change: Change
    version: int | None = None


def recheck(client: VaultClient, changes: Iterable[Change]) -> list[Pending]:
    """Return the pending changes. Raises PlanStale and Failure."""
    wanted = list(changes)
    answered = _read(client, wanted)
    pending: list[Pending] = []
    stale: list[str] = []
    for change in wanted:
        found = answered.get(change.path)
        form = None if found is None else _form(change, found)
        if form == change.new:
            continue
        if form != change.old:
            stale.append(change.path)
        pending.append(Pending(change, (found or {}).get("version") if change.kind == "policy" else None))
    if stale:
        more = f" and {len(stale) - _MOST_NAMED} more" if len(stale) > _MOST_NAMED else ""
        named = f"{', '.join(stale[:_MOST_NAMED])}{more}"
        raise PlanStale(f"Vault has changed since the plan was made: {named}; nothing was written: plan again")
    return pending


def _form(change: Change, answered: Fields) -> Fields | None:
    if change.kind in MOUNT_TABLES:
        return change.new  # a mount that is there is never touched
    return normal_form(Resource(change.kind, change.path, change.new or change.old or {}, change.place), answered)


def _read(client: VaultClient, changes: list[Change]) -> dict[str, dict[str, Any] | None]:
    """Read existing entries by path. Folders are listed first, so that missing entries are not requested."""
    found: dict[str, dict[str, Any] | None] = {}
    for kind, table in MOUNT_TABLES.items():
        if any(change.kind == kind for change in changes):
            found |= {f"{table}/{path}": dict(fields) for path, fields in read_mounts(client, table).items()}
    entries = [change.path for change in changes if change.kind in {"policy", "role"}]
    listed = concurrently([path.rpartition("/")[0] for path in entries], client.list)
    there = {f"{folder}/{name}" for folder, names in listed.items() for name in names}
    configs = [change.path for change in changes if change.kind == "config"]
    return found | concurrently([*configs, *(path for path in entries if path in there)], client.read)
