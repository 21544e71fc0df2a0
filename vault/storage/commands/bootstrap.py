"""`omamori storage bootstrap`: create or fix the table, and report what still differs."""

from __future__ import annotations

from vault.cli.exit_codes import CHANGES, FAILED, OK
from vault.cli.terminal import show_progress, tell, warn
from vault.storage.commands import connection
from vault.storage.commands.options import TableOptions
from vault.storage.model import Capacity, Wanted
from vault.storage.table.bootstrap import Outcome, bootstrap
from vault.storage.table.diff import Remedy
from vault.storage.waiter import Waiter


def run(
    *,
    where: TableOptions,
    kms_key: str,
    read_capacity: int | None,
    write_capacity: int | None,
    recovery_days: int | None,
    tags: tuple[tuple[str, str], ...],
    allow_missing: bool,
) -> int:
    """Create the table, or enable what it lacks. Raises StorageFailure."""
    client = connection.connect(where)
    capacity = None
    if read_capacity is not None and write_capacity is not None:
        capacity = Capacity(read_capacity, write_capacity)
    wanted = Wanted(
        name=where.table,
        kms_key_arn=connection.key_arn(client, kms_key),
        capacity=capacity,
        recovery_days=recovery_days,
        tags=tags,
    )
    outcome = bootstrap(client, wanted, Waiter(tell=tell, waiting=show_progress))
    return _report(outcome, allow_missing=allow_missing)


def _report(outcome: Outcome, *, allow_missing: bool) -> int:
    name = outcome.seen.name
    missing = [each for each in outcome.left if each.remedy is Remedy.NONE]
    left = [each for each in outcome.left if each.remedy is not Remedy.NONE]
    for each in missing:
        tell(f"{each.part.value}: not available here")
    for each in left:
        tell(*f"{each}\n  not changed by bootstrap; to do it:\n  {each.command}".split("\n"))
    if missing and not allow_missing:
        warn(f"this endpoint does not support all that {name} needs; --allow-missing accepts this")
        return FAILED
    if left:
        warn(f"{name} is not as requested")
        return CHANGES
    changed = "made" if outcome.made else "changed" if outcome.fixed else "nothing was changed"
    tell(f"{name} is as requested: {changed}")
    return OK
