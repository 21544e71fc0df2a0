"""Ours and Go agree on the templates of Go's own tests, which are in its sources."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.gotemplate.differences import REFUSED_BY_CHOICE
from tests.gotemplate.oracle import ask_go
from tests.support.vault.gotemplates import Case, ask_ours

pytestmark = pytest.mark.real

VALUES = (
    "0", "12345", "-7", '"h\\u00e9llo\\n`"', '""', "true", "1.0", "-1e-9", "123456.789", "1e21", "nil", "$.n", "$.l",
    "$.m", "$.b", "$.u", "$.i", "0x1F64A",
)  # fmt: skip
VALUE_DATA = """{"n": 3.50, "l": [1, "a", null, {"$float64": "1.5"}], "m": {"k": "v", "a": [1], "z": null},
  "b": {"$bytes": "AWH/"}, "u": {"$uint8": "7"}, "i": {"$int64": "-5"}}"""
DATA = (
    '{"I": {"$int": "17"}, "X": "x", "S": "xyz", "True": true, "SI": [3, 4], "MSI": {"one": 1}, "Empty0": null}',
    "null",
    '["a", {"b": 1}, null]',
)


def go_root() -> Path:
    """Return where Go's sources are."""
    return Path(subprocess.run(["go", "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip())


def agree(cases: list[Case]) -> int:
    """Assert that ours and Go agree; returns how many templates both render."""
    rendered = 0
    for case, go in zip(cases, ask_go(cases), strict=True):
        ours = ask_ours(case)
        if not any(each in ours.error for each in REFUSED_BY_CHOICE):
            assert ours.output == go.output, (case, go, ours)
            assert ours.place() == go.place(), (case, go, ours)
        rendered += ours.output is not None
    return rendered


def test_formats_of_gos_own_tests() -> None:
    """Each format of fmt's own tests prints every kind of value alike."""
    source = (go_root() / "src/fmt/fmt_test.go").read_text()
    formats = set(re.findall(r'\{["`](%[^"`\n\\]*)["`], ', source))

    assert len(formats) > 200
    given = [
        f'{{{{printf "{text}" {value}{more}}}}}' for text in formats for value in VALUES for more in ("", ' 3 "x"')
    ]
    assert agree([Case(each.encode(), VALUE_DATA) for each in given]) > len(given) * 0.9


def test_templates_of_gos_own_tests() -> None:
    """Each template of text/template's own tests does the same, though its data is another."""
    folder = go_root() / "src/text/template"
    files = [*folder.glob("*_test.go"), *folder.glob("parse/*_test.go")]
    source = "".join(file.read_text() for file in files)
    quoted = [each.encode().decode("unicode_escape") for each in re.findall(r'"((?:[^"\\\n]|\\[nt"\\])*)"', source)]
    templates = {each for each in (*quoted, *re.findall(r"`([^`]*)`", source)) if "{{" in each}

    assert len(templates) > 400
    options = ("default", "zero", "error")
    cases = [Case(each.encode(), data, missingkey=key) for each in templates for data in DATA for key in options]
    assert agree(cases) > len(cases) / 10
