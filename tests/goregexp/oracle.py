"""What Go's regexp makes of a pattern: the part `goregexp`."""

from __future__ import annotations

import base64
import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.realparts.parts import PartMissing, part
from tests.support.vault.goregexps import Answer, Case

if TYPE_CHECKING:
    from collections.abc import Sequence


def needs_go() -> list[pytest.MarkDecorator]:
    """Return the marks of tests that ask Go: where it is built they are fast tests, elsewhere those of `make e2e`."""
    try:
        part("goregexp")
    except PartMissing:
        return [pytest.mark.real]
    return []


def ask_go(cases: Sequence[Case]) -> list[Answer]:
    """Return what Go answers."""
    done = subprocess.run(
        [part("goregexp") / "goregexp"],
        input="\n".join(_request(each) for each in cases).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    given = [_answer(json.loads(each)) for each in done.stdout.splitlines()]
    assert len(given) == len(cases)
    return given


def folds_of_go() -> dict[int, int]:
    """Return unicode.SimpleFold of each rune that has another case."""
    done = subprocess.run([part("goregexp") / "goregexp", "fold"], capture_output=True, text=True, check=True)
    return {int(rune): int(folded) for rune, folded in map(str.split, done.stdout.splitlines())}


def _request(case: Case) -> str:
    texts = {"pattern": case.pattern, "text": case.text, "replacement": case.replacement}
    return json.dumps({**{name: base64.b64encode(text).decode() for name, text in texts.items()}, "most": case.most})


def _answer(given: dict[str, Any]) -> Answer:
    if "code" in given:
        return Answer(given["code"], _bytes(given.get("piece")))
    return Answer(
        names=tuple(_bytes(each) for each in given["names"]),
        match=given["match"],
        find=None if given["find"] is None else _bytes(given["find"]),
        index=None if given["index"] is None else tuple(given["index"]),
        all=[_bytes(each) for each in given["all"]],
        all_index=[tuple(each) for each in given["all_index"] or []],
        replaced=_bytes(given["replaced"]),
        literal=_bytes(given["literal"]),
        split=[_bytes(each) for each in given["split"]],
        quoted=_bytes(given["quoted"]),
    )


def _bytes(text: str | None) -> bytes:
    return base64.b64decode(text or "")
