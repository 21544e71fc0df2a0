"""The cases of tests/cases/gotemplate.json.

Each line has a template, and what it is executed with where that is not nothing (`data` as the text of JSON), and its
`output` (`hex`, if that is no UTF-8), or in `refused` a piece of the error.
"""

from __future__ import annotations

from typing import Any

from tests.support.vault.cases import read_cases
from tests.support.vault.gotemplates import Answer, Case

_OPTIONS = ("data", "left", "right", "missingkey")


def _case(row: dict[str, Any]) -> tuple[Case, Answer]:
    case = Case(row["template"].encode(), **{name: row[name] for name in _OPTIONS if name in row})
    if "refused" in row:
        return case, Answer(None, row["refused"])
    return case, Answer(bytes.fromhex(row["hex"]) if "hex" in row else row["output"].encode())


CASES = [_case(row) for row in read_cases("gotemplate.json", 100)]
