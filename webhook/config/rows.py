"""Tables of what users may write, as dataclasses: each field is a row, which says how it is written and what it means.

The reader, the pages and the chart are all made of the same rows, so that a setting or an annotation is one place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from typing import Any, TypeVar, cast

Parsed = TypeVar("Parsed")

_KEY = "row"


@dataclass(frozen=True, slots=True)
class Row:
    """How one field is written. `name` is what users call it; `parse` raises ValueError with what to write instead.

    `meaning` is for the pages. `example` is a text that `parse` takes. `unset` says what holds without it, where the
    default alone does not say it. `chart` is the value of the chart that it is made of, by its path. A
    required row has no default.
    """

    name: str
    parse: Callable[[str], Any]
    meaning: str
    example: str = ""
    unset: str = ""
    chart: str = ""
    field: str = ""
    default: Any = ""
    is_required: bool = False


def row(
    name: str,
    parse: Callable[[str], Parsed],
    default: Parsed,
    meaning: str,
    *,
    example: str = "",
    unset: str = "",
    chart: str = "",
) -> Parsed:
    """Make a field of a dataclass that may be left out."""
    described = Row(name, parse, meaning, example, unset, chart)
    return field(default=default, metadata={_KEY: described})


def required(name: str, parse: Callable[[str], Parsed], meaning: str, *, example: str, chart: str = "") -> Parsed:
    """Make a field of a dataclass that must be written; whoever leaves it out is shown the example."""
    described = Row(name, parse, meaning, example, chart=chart)
    return cast("Parsed", field(metadata={_KEY: described}))


def rows_of(table: type) -> dict[str, Row]:
    """Return the rows of a dataclass by their names, in order. Fields that are no rows are left out."""
    rows = (_row_of(each) for each in fields(table))
    return {each.name: each for each in rows if each is not None}


def _row_of(each: Field[Any]) -> Row | None:
    described: Row | None = each.metadata.get(_KEY)
    if described is None:
        return None
    if each.default is MISSING:
        return replace(described, field=each.name, is_required=True)
    return replace(described, field=each.name, default=each.default)
