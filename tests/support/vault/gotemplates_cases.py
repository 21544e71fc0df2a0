"""The cases of tests/cases/gotemplate.json.

The first lines give names to data, as the text of JSON. Each other line has a template, what it is executed with where
that is not nothing (`data`, or a name in `with`), and its `output` (`hex`, if that is no UTF-8), or in `refused` our
error. Functions beside the builtin ones are those of FUNCTIONS.
"""

from __future__ import annotations

from typing import Any

from tests.support.vault.cases import read_cases
from tests.support.vault.gotemplates import Answer, Case

_OPTIONS = ("data", "left", "right", "missingkey")


_ROWS = read_cases("gotemplate.json", 100)
_DATA = {row["with"]: row["data"] for row in _ROWS if "template" not in row}


def _case(row: dict[str, Any]) -> tuple[Case, Answer]:
    options = {name: row[name] for name in _OPTIONS if name in row}
    if "with" in row:
        options["data"] = _DATA[row["with"]]
    case = Case(row["template"].encode(), **options)
    if "refused" in row:
        return case, Answer(None, row["refused"])
    return case, Answer(bytes.fromhex(row["hex"]) if "hex" in row else row["output"].encode())


CASES = [_case(row) for row in _ROWS if "template" in row]
