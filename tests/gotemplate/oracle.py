"""What Go's text/template makes of a template: the part `gotemplate`."""

from __future__ import annotations

import base64
import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.realparts.parts import PartMissing, part
from tests.support.vault.gotemplates import Answer, Case

if TYPE_CHECKING:
    from collections.abc import Sequence


def needs_go() -> list[pytest.MarkDecorator]:
    """Return the marks of tests that ask Go: where it is built they are fast tests, elsewhere those of `make e2e`."""
    try:
        part("gotemplate")
    except PartMissing:
        return [pytest.mark.real]
    return []


def ask_go(cases: Sequence[Case]) -> list[Answer]:
    """Return what Go answers."""
    done = subprocess.run(
        [part("gotemplate") / "gotemplate"],
        input="\n".join(_request(each) for each in cases).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    given = [json.loads(each) for each in done.stdout.splitlines()]
    assert len(given) == len(cases)
    return [
        Answer(None, each["error"]) if each["error"] else Answer(base64.b64decode(each["output"] or ""))
        for each in given
    ]


def _request(case: Case) -> str:
    options = {"left": case.left, "right": case.right, "missingkey": case.missingkey}
    asked = json.dumps({**options, "template": base64.b64encode(case.template).decode()})
    return f'{asked[:-1]}, "data": {case.data}}}'  # the numbers in it as they are spelled
