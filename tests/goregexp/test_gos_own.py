"""Ours and Go agree on the patterns and texts of Go's own tests, which are in its sources."""

from __future__ import annotations

import bz2
import re
import subprocess
from pathlib import Path

import pytest

from tests.goregexp.oracle import ask_go
from tests.support.scale import FULL, scaled
from tests.support.vault.goregexps import Case, ask_ours
from vault.gotemplate.regexp.errors import NO_UNICODE_CLASSES, TOO_DEEP

pytestmark = [pytest.mark.real, pytest.mark.timeout(0 if FULL else 300)]

TEXTS = ("", "aaa bab abcab ABC", "a\nb\n\nab_1-2é\u212a", "foo=bar; x@y.example 10.0.0.1", "\ufffda\xff日本")
REPLACEMENTS = ("<$0$1>", "${1}-$2", "$name")
EVERY = scaled(201, 11)  # pattern of the exhaustive test, which has millions of pairs


def source() -> Path:
    """Return where Go's sources of regexp are."""
    root = subprocess.run(["go", "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip()
    return Path(root) / "src/regexp"


def agree(cases: list[Case]) -> int:
    """Assert that ours and Go agree; returns how many patterns both compile."""
    compiled = 0
    for case, go in zip(cases, ask_go(cases), strict=True):
        ours = ask_ours(case)
        if ours.is_limit or ours.code in (NO_UNICODE_CLASSES, TOO_DEEP):
            continue
        assert ours == go, case
        compiled += not go.code
    return compiled


def test_strings_of_gos_own_tests() -> None:
    """Each string of Go's tests, taken as a pattern, does the same with some texts."""
    files = [*source().glob("*_test.go"), *source().glob("syntax/*_test.go")]
    text = "".join(file.read_text() for file in files)
    quoted = [each.encode().decode("unicode_escape") for each in re.findall(r'"((?:[^"\\\n]|\\[nt"\\])*)"', text)]
    patterns = sorted({*quoted, *re.findall(r"`([^`]*)`", text)})

    assert len(patterns) > 1000
    cases = [
        Case(each.encode(errors="replace"), text.encode(), replacement.encode())
        for each in patterns
        for text, replacement in zip(TEXTS, REPLACEMENTS * 2, strict=False)
    ]
    assert agree(cases) > len(cases) * 0.7


def blocks(text: str) -> list[tuple[list[str], list[str]]]:
    """Return the texts and patterns of RE2's files of tests."""
    found = []
    for block in text.split("strings\n")[1:]:
        texts, _, rest = block.partition("regexps\n")
        patterns = [line for line in rest.splitlines() if line.startswith('"')]
        found.append(([each[1:-1] for each in texts.splitlines()], [each[1:-1] for each in patterns]))
    return found


def unquoted(text: str) -> bytes:
    """Return what a quoted string of Go is."""
    return text.encode("latin-1", "backslashreplace").decode("unicode_escape").encode("utf-8", "replace")


@pytest.mark.parametrize("name", ["re2-search.txt", "re2-exhaustive.txt.bz2"])
def test_re2s_own_tests(name: str) -> None:
    """RE2's tests, which Go has taken over, do the same; of the exhaustive ones some patterns of each kind."""
    data = (source() / "testdata" / name).read_bytes()
    every = EVERY if name.endswith(".bz2") else 1
    found = blocks((bz2.decompress(data) if name.endswith(".bz2") else data).decode())

    compiled = asked = 0
    for texts, patterns in found:
        cases = [Case(unquoted(each), unquoted(text), b"<$1>") for each in patterns[::every] for text in texts]
        compiled += agree(cases)
        asked += len(cases)
    print(f"{name}: {compiled} of {asked} compiled")
    assert compiled > asked * 0.8 > 0
