"""`omamori storage bootstrap`: the table is there afterwards as it was asked for, or it is said what is not."""

from __future__ import annotations

import argparse
from dataclasses import replace

from vault.storage.bootstrap import Outcome, bootstrap
from vault.storage.differences import Remedy
from vault.storage.patience import Patience
from vault.storage.table import RECOVERY_DAYS, Capacity, Wanted, parse_tags
from webhook.commands.storage import connection
from webhook.commands.storage.mistakes import Mistakes
from webhook.commands.terminal import tell, warn


def configure(parser: argparse.ArgumentParser) -> None:
    """What the table is to be like."""
    connection.add_options(parser)
    connection.add_key_option(parser, "without it the key that AWS owns")
    parser.add_argument("--read-capacity", type=int, metavar="UNITS", help="provisioned; without it on demand")
    parser.add_argument("--write-capacity", type=int, metavar="UNITS", help="the same for writes")
    parser.add_argument("--recovery-days", type=int, metavar="DAYS", help="1 to 35; without it 35, or as it is")
    parser.add_argument("--tag", action="append", default=[], metavar="NAME=VALUE", help="may be repeated")
    connection.add_allow_missing(parser)


def run(arguments: argparse.Namespace) -> int:
    """Make or mend the table. Exit code 2: a person has to change a part; 1: the endpoint cannot do a part."""
    mistakes = Mistakes()
    wanted = Wanted(
        name=connection.table_of(arguments, mistakes),
        capacity=_capacity(arguments, mistakes),
        recovery_days=_days(arguments, mistakes),
        tags=mistakes.parsed("--tag", lambda: parse_tags(arguments.tag), ()),
    )
    client = connection.connect(arguments, mistakes)
    wanted = replace(wanted, kms_key_arn=connection.key_arn(client, arguments))
    outcome = bootstrap(client, wanted, Patience(tell=tell))
    return _report(outcome, allow_missing=arguments.allow_missing)


def _capacity(arguments: argparse.Namespace, mistakes: Mistakes) -> Capacity | None:
    units = {"--read-capacity": arguments.read_capacity, "--write-capacity": arguments.write_capacity}
    if set(units.values()) == {None}:
        return None
    for option, number in units.items():
        if number is None:
            mistakes.note(option, "is missing: of a provisioned table both are given")
        elif number < 1:
            mistakes.note(option, f"is {number}; write a whole number above 0")
    return Capacity(*units.values())


def _days(arguments: argparse.Namespace, mistakes: Mistakes) -> int | None:
    days: int | None = arguments.recovery_days
    if days is not None and days not in RECOVERY_DAYS:
        mistakes.note("--recovery-days", f"is {days}; write 1 to 35")
    return days


def _report(outcome: Outcome, *, allow_missing: bool) -> int:
    name = outcome.seen.name
    missing = [each for each in outcome.left if each.remedy is Remedy.NONE]
    left = [each for each in outcome.left if each.remedy is not Remedy.NONE]
    for each in missing:
        tell(f"{each.part.value}: not available here")
    for each in left:
        tell(*f"{each}\n  not changed by bootstrap; to do it:\n  {each.command}".split("\n"))
    if missing and not allow_missing:
        warn(f"{name} lacks what this endpoint does not know; --allow-missing takes it so")
        return 1
    if left:
        warn(f"{name} is not as asked for")
        return 2
    changed = "made" if outcome.made else "mended" if outcome.mended else "nothing was changed"
    tell(f"{name} is as asked for: {changed}")
    return 0
