"""The cases of tests/cases/goregexp.json, which Go has answered.

Each line has a pattern; it is refused with `code`, `piece` being to blame, or searched for in `text`, and replaced by
`replacement`, `most` being how many matches and pieces there may be, -1 if it is not there. Bytes that are no UTF-8 are
{"hex": "ff"}.
"""

from __future__ import annotations

from typing import Any

from tests.support.vault.cases import read_cases
from tests.support.vault.goregexps import Answer, Case


def _bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes.fromhex(value["hex"])


def _case(row: dict[str, Any]) -> tuple[Case, Answer]:
    pattern = _bytes(row["pattern"])
    if "code" in row:
        return Case(pattern), Answer(row["code"], _bytes(row["piece"]))
    case = Case(pattern, _bytes(row["text"]), _bytes(row["replacement"]), row.get("most", -1))
    return case, Answer(
        index=None if row["index"] is None else tuple(row["index"]),
        all_index=[tuple(each) for each in row["all_index"]],
        replaced=_bytes(row["replaced"]),
        literal=_bytes(row["literal"]),
        split=[_bytes(each) for each in row["split"]],
    )


CASES = [_case(row) for row in read_cases("goregexp.json", 200)]
COMPARED = ("code", "piece", "index", "all_index", "replaced", "literal", "split")
