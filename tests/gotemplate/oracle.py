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

MEMORY = 4 << 30  # bytes of address space; some templates would have more than any machine has
OUT_OF_MEMORY = "out of memory"


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
    """Ask about all of them; where a template takes all the memory, the program is started again after it."""
    answers: list[Answer] = []
    while len(answers) < len(cases):
        left = cases[len(answers) :]
        done = subprocess.run(
            ["prlimit", f"--as={MEMORY}", program],
            input="\n".join(_request(each) for each in left).encode(),
            capture_output=True,
            check=False,
        )
        answers += [_answer(json.loads(each)) for each in done.stdout.splitlines()]
        if done.returncode:
            said = done.stderr.decode(errors="replace")
            assert OUT_OF_MEMORY in said, said[:2000]
            answers.append(Answer(None, OUT_OF_MEMORY, is_limit=True))
    assert len(answers) == len(cases)
    return answers


def _answer(given: dict[str, str]) -> Answer:
    if given["error"]:
        return Answer(None, given["error"])
    return Answer(base64.b64decode(given["output"] or ""))


def _request(case: Case) -> str:
    options = {"left": case.left, "right": case.right, "missingkey": case.missingkey}
    asked = json.dumps({**options, "template": base64.b64encode(case.template).decode()})
    return f'{asked[:-1]}, "data": {case.data}}}'  # the numbers in it as they are spelled
