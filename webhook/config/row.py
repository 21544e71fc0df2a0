"""Tables of settings and annotations as dataclasses: each field is a row with its name, parser and meaning.

The parsers, the docs pages and the chart use the same rows, so each setting or annotation is defined once. A default is
repeated in the chart's values.yaml, and a test compares it. A name has no prefix here: OMAMORI_DRAIN_SECONDS is
DRAIN_SECONDS.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from typing import Any, TypeVar, cast

Parsed = TypeVar("Parsed")

_KEY = "row"


@dataclass(frozen=True, slots=True)
class Row:
    """The definition of one field. `name` is for users; `parse` raises ValueError with what to write instead.

    `meaning` is for the docs pages. `example` is a text that `parse` accepts. `unset` describes the effect of omitting
    it, if the default alone does not show it. `chart` is the path of the chart's value that sets it. A required row
    has no default.
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
    """Make an optional field of a dataclass."""
    described = Row(name, parse, meaning, example, unset, chart)
    return field(default=default, metadata={_KEY: described})


def required(name: str, parse: Callable[[str], Parsed], meaning: str, *, example: str, chart: str = "") -> Parsed:
    """Make a required field of a dataclass; the error for a missing value shows the example."""
    described = Row(name, parse, meaning, example, chart=chart)
    return cast("Parsed", field(metadata={_KEY: described}))


def rows_of(table: type) -> dict[str, Row]:
    """Return the rows of a dataclass by name, in order. Fields that are not rows are skipped."""
    rows = (_row_of(each) for each in fields(table))
    return {each.name: each for each in rows if each is not None}


def _row_of(each: Field[Any]) -> Row | None:
    described: Row | None = each.metadata.get(_KEY)
    if described is None:
        return None
    if each.default is MISSING:
        return replace(described, field=each.name, is_required=True)
    return replace(described, field=each.name, default=each.default)
