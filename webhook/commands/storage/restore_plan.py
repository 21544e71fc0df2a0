"""`omamori storage restore-plan`: how to bring a table back to an earlier moment, step by step; it only reads."""

from __future__ import annotations

import argparse
import textwrap

from vault.storage.errors import CannotRestore
from vault.storage.restore import parse_moment, plan_restore, render_moment
from vault.storage.table import parse_table_name
from webhook.commands.storage import connection
from webhook.commands.storage.mistakes import Mistakes
from webhook.commands.terminal import tell

_WIDTH = 110
_INDENT = " " * 4


def configure(parser: argparse.ArgumentParser) -> None:
    """To which moment, and into which table."""
    connection.add_options(parser)
    parser.add_argument("--at", metavar="MOMENT", help="2026-11-24T07:30:00Z; without it the latest there is")
    parser.add_argument("--target-table", metavar="NAME", help="the new table; without it NAME-restored")


def run(arguments: argparse.Namespace) -> int:
    """Print the steps. Exit code 1: it cannot be restored so, and it is said why."""
    mistakes = Mistakes()
    table = connection.table_of(arguments, mistakes)
    target = mistakes.parsed(
        "--target-table", lambda: parse_table_name(arguments.target_table or f"{table}-restored"), ""
    )
    moment = mistakes.parsed("--at", lambda: parse_moment(arguments.at) if arguments.at else None, None)
    client = connection.connect(arguments, mistakes)
    seen = connection.read_table(client, table)
    plan = plan_restore(seen, target, moment)
    if client.describe_table(target) is not None:
        raise CannotRestore(f"the table {target} is there already", hint="choose another name by --target-table")
    tell(f"{table} is restored to {render_moment(moment) if moment else 'the latest moment there is'}.")
    tell(f"It could be to any moment from {render_moment(plan.earliest)} to {render_moment(plan.latest)}.")
    for number, step in enumerate(plan.steps, 1):
        tell("")
        tell(*textwrap.wrap(step.what, _WIDTH, initial_indent=f"{number:>2}. ", subsequent_indent=_INDENT))
        for line in step.lines:
            tell(*f"{_INDENT}{line}".split("\n"))
    return 0
