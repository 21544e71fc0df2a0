"""Rule: what a scan costs is said before it begins, and how fast it is, is the caller's choice."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from vault.storage.client import StorageClient
from vault.storage.items import StoredItem
from vault.storage.patience import Patience
from vault.storage.scan import default_pace, estimate, scan
from vault.storage.seen import Seen
from webhook.commands.storage.mistakes import Mistakes
from webhook.commands.terminal import warn

_OPTION = "--read-units-per-second"


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add the option for the pace."""
    parser.add_argument(
        _OPTION,
        type=float,
        metavar="UNITS",
        help="how fast a scan may be; without it 100, of a provisioned table a quarter of its read capacity",
    )


def pace_of(arguments: argparse.Namespace, mistakes: Mistakes) -> float | None:
    """Read units a second; None: by the table."""
    pace: float | None = arguments.read_units_per_second
    if pace is not None and not 0 < pace < float("inf"):
        mistakes.note(_OPTION, f"is {pace:g}; write a number above 0")
    return pace


def scanned(client: StorageClient, seen: Seen, pace: float | None) -> Iterator[StoredItem]:
    """All items; before the first is asked for, the cost is printed to stderr. Raises StorageFailure."""
    cost = estimate(seen, pace or default_pace(seen))
    warn(*str(cost).split("\n"))
    yield from scan(client, cost, seen.name, Patience(tell=warn))
