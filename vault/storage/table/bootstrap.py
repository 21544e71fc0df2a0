"""The table is there afterwards as it was asked for, or it is said what is not; what is right is not touched.

Facts (AWS): a new table takes no word of recovery for a while (ContinuousBackupsUnavailableException); while it is
changed it takes no other change (ResourceInUseException); what DescribeTable gives may be a moment old, "there is
none" included.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from vault.storage.client import StorageClient
from vault.storage.errors import AwsRefused
from vault.storage.model import Wanted
from vault.storage.table.diff import Difference, Part, Remedy, check_shape, differences
from vault.storage.table.snapshot import ACTIVE, TableSnapshot, Unavailable, read_snapshot
from vault.storage.waiter import Waiter

ACTIVE_SECONDS = 600.0
SETTLE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended: whether the table was made, which parts of it were fixed, and what still differs."""

    seen: TableSnapshot
    made: bool
    fixed: tuple[Difference, ...]
    left: tuple[Difference, ...]


def bootstrap(client: StorageClient, wanted: Wanted, waiter: Waiter) -> Outcome:
    """Make the table, or fix it. Raises WrongShape before anything is changed, and every other StorageFailure.

    (1) make it, if there is none; (2) wait until it is active; (3) fix what is ours to fix; (4) look again: an
    endpoint may have said yes and not done it.
    """
    described = read_snapshot(client, wanted.name)
    made = described is None
    if described is None:
        waiter.tell(f"{wanted.name}: there is no such table; creating it")
        client.create_table(wanted)  # (1)
    else:
        check_shape(described)
    seen = waiter.until(wanted.name, ACTIVE_SECONDS, lambda: _active(client, wanted.name))  # (2)
    check_shape(seen)  # somebody else's may have come first
    _refuse_unseen(wanted, seen)
    fixed = []
    for difference in _ours(wanted, seen):  # (3)
        waiter.until(difference.part.value, ACTIVE_SECONDS, partial(_mend, client, wanted, seen, difference))
        waiter.tell(f"{difference.part.value}: {difference.wanted}")
        fixed.append(difference)
    if fixed:
        seen = waiter.until(wanted.name, SETTLE_SECONDS, lambda: _settled(client, wanted))  # (4)
    left = differences(wanted, seen)
    return Outcome(seen, made, tuple(fixed), tuple(map(_not_done, left)) if made else left)


def _active(client: StorageClient, table: str) -> TableSnapshot | None:
    described = client.describe_table(table)
    # of one that is being made the other parts are not there yet
    return read_snapshot(client, table) if described and described["TableStatus"] == ACTIVE else None


def _ours(wanted: Wanted, seen: TableSnapshot) -> list[Difference]:
    return [each for each in differences(wanted, seen) if each.remedy is Remedy.OURS]


def _refuse_unseen(wanted: Wanted, seen: TableSnapshot) -> None:
    """Raise AwsRefused if a part that is asked for may not be looked at."""
    parts = (seen.recovery, *((seen.tags,) if wanted.tags else ()))
    for part in parts:
        if isinstance(part, Unavailable) and isinstance(part.failure, AwsRefused):
            raise part.failure


def _mend(client: StorageClient, wanted: Wanted, seen: TableSnapshot, difference: Difference) -> bool:
    if difference.part is Part.RECOVERY:
        client.keep_backups(wanted.name, wanted.recovery_days)
    elif difference.part is Part.PROTECTION:
        client.protect_table(wanted.name)
    else:
        client.add_tags(seen.arn, dict(wanted.tags))
    return True


def _settled(client: StorageClient, wanted: Wanted) -> TableSnapshot | None:
    seen = _active(client, wanted.name)
    return seen if seen and not _ours(wanted, seen) else None


def _not_done(difference: Difference) -> Difference:
    """Of a table that was just made: what it was made with and does not have, the endpoint cannot do."""
    return replace(difference, found="not available here", remedy=Remedy.NONE, command="")
