"""`omamori storage size`: show what takes space, what is near the limit, what a login writes; read-only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from vault.cli.exit_codes import OK
from vault.cli.terminal import tell, write_document
from vault.storage.commands import connection, scanning
from vault.storage.commands.options import TableOptions
from vault.storage.rows import KILOBYTE, LIMIT_BYTES, StoredItem
from vault.storage.usage import BUCKETS, Census, take_census


def run(*, where: TableOptions, read_units_per_second: float | None, output: str) -> int:
    """Read the whole table and print its statistics. Raises StorageFailure."""
    client = connection.connect(where)
    seen = connection.read_table(client, where.table)
    census = take_census(scanning.scanned(client, seen, read_units_per_second))
    if output == "json":
        write_document(json.dumps({"table": where.table, **_document(census)}, indent=2) + "\n")
    else:
        tell(*_lines(where.table, census))
    return OK


def _document(census: Census) -> dict[str, Any]:
    document = asdict(census)
    document["prefixes"] = [{"prefix": prefix, **asdict(found)} for prefix, found in census.prefixes]
    return document


def _lines(table: str, census: Census) -> Iterable[str]:
    total = census.total.size_bytes
    yield f"{table}: {census.total.items:,} items, {_kilobytes(total)} KB"
    yield ""
    rows: list[Sequence[str]] = [("items", "KB", "share", "by prefix")]
    for prefix, found in census.prefixes:
        share = f"{found.size_bytes / max(1, total):.0%}"
        rows.append((f"{found.items:,}", _kilobytes(found.size_bytes), share, prefix))
    yield from _table(rows)
    yield ""
    yield from _table([("KB", "of 400 KB", "biggest items"), *map(_row, census.biggest)])
    if census.buckets:
        yield ""
        head = f"fullest identity buckets ({census.buckets} of {BUCKETS} used)"
        yield from _table([("KB", "of 400 KB", head), *map(_row, census.fullest_buckets)])
    yield ""
    rows = [("items", "write units", "leases now", "a login writes")]
    for each in census.logins:
        rows.append((f"{each.items:,}", f"{each.write_units:,}", f"{each.leases:,}", f"{each.path}, service token"))
    yield from _table([*rows, ("0", "0", "", "anywhere, batch token")])


def _row(item: StoredItem) -> Sequence[str]:
    return (_kilobytes(item.size_bytes), f"{item.size_bytes / LIMIT_BYTES:.1%}", item.name)


def _kilobytes(size_bytes: int) -> str:
    return f"{size_bytes / KILOBYTE:,.1f}"


def _table(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Format columns of numbers, followed by the name, which may be long."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for *numbers, name in rows:
        yield "  ".join([*(each.rjust(width) for each, width in zip(numbers, widths, strict=False)), name])
