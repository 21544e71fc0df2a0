"""`omamori storage restore-plan`: print the steps to restore a table to an earlier time; read-only."""

from __future__ import annotations

import textwrap
from datetime import datetime

from vault.cli.command import UsageError
from vault.cli.exit_codes import OK
from vault.cli.terminal import tell
from vault.storage.commands import connection
from vault.storage.commands.options import TableOptions
from vault.storage.errors import CannotRestore
from vault.storage.model import parse_table_name
from vault.storage.moments import render_moment
from vault.storage.table.restore import plan_restore

_WIDTH = 110
_INDENT = " " * 4


def run(*, where: TableOptions, at: datetime | None, target_table: str | None) -> int:
    """Print the steps. Raises StorageFailure if the restore is not possible."""
    table = where.table
    try:
        target = target_table or parse_table_name(f"{table}-restored")
    except ValueError as error:
        raise UsageError(f"--target-table {error}") from None
    client = connection.connect(where)
    seen = connection.read_table(client, table)
    plan = plan_restore(seen, target, at)
    if client.describe_table(target) is not None:
        raise CannotRestore(f"the table {target} already exists", hint="choose another name by --target-table")
    tell(f"{table} is restored to {render_moment(at) if at else 'the latest possible moment'}.")
    tell(f"It could be to any moment from {render_moment(plan.earliest)} to {render_moment(plan.latest)}.")
    for number, step in enumerate(plan.steps, 1):
        tell("")
        tell(*textwrap.wrap(step.what, _WIDTH, initial_indent=f"{number:>2}. ", subsequent_indent=_INDENT))
        for line in step.lines:
            tell(*f"{_INDENT}{line}".split("\n"))
    return OK
