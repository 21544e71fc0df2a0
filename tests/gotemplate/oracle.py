"""What Go's text/template and Consul-Template make of a template: the parts `gotemplate` and `consultemplate`."""

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
    from pathlib import Path


def needs_go(name: str = "gotemplate") -> list[pytest.MarkDecorator]:
    """Return the marks of tests that ask Go: where it is built they are fast tests, elsewhere those of `make e2e`."""
    try:
        part(name)
    except PartMissing:
        return [pytest.mark.real]
    return []


def ask_go(cases: Sequence[Case]) -> list[Answer]:
    """Return what text/template answers."""
    return _ask(part("gotemplate") / "gotemplate", cases)


def ask_consul_template(cases: Sequence[Case]) -> list[Answer]:
    """Return what Consul-Template answers; the data of a case is what the function `data` gives."""
    return _ask(part("consultemplate") / "bin/consultemplate", cases)


def _ask(program: Path, cases: Sequence[Case]) -> list[Answer]:
    done = subprocess.run(
        [program],
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
