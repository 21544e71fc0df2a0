"""Create or fix the table, and report what still differs. Settings that already match are not changed.

Facts (AWS): a new table rejects recovery settings for a while (ContinuousBackupsUnavailableException); during a change
it rejects other changes (ResourceInUseException); the result of DescribeTable may be stale, including "there is no
such table".
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
    """The result: whether the table was created, which parts were fixed, and what still differs."""

    seen: TableSnapshot
    made: bool
    fixed: tuple[Difference, ...]
    left: tuple[Difference, ...]


def bootstrap(client: StorageClient, wanted: Wanted, waiter: Waiter) -> Outcome:
    """Create or fix the table. Raises WrongShape before any change, and every other StorageFailure.

    (1) create it, if there is none; (2) wait until it is active; (3) fix what bootstrap may fix; (4) read it again:
    an endpoint may have accepted a change without making it.
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
    # a table that is being created does not have the other parts yet
    return read_snapshot(client, table) if described and described["TableStatus"] == ACTIVE else None


def _ours(wanted: Wanted, seen: TableSnapshot) -> list[Difference]:
    return [each for each in differences(wanted, seen) if each.remedy is Remedy.OURS]


def _refuse_unseen(wanted: Wanted, seen: TableSnapshot) -> None:
    """Raise AwsRefused if the caller may not read a requested part."""
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
    """Mark differences of a new table as unsupported by the endpoint: they were requested at creation."""
    return replace(difference, found="not available here", remedy=Remedy.NONE, command="")
