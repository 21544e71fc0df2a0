"""The answers of tests/cases/goregexp.json are Go's."""

from __future__ import annotations

from tests.goregexp.oracle import ask_go, needs_go
from tests.support.vault.goregexps_cases import CASES, COMPARED

pytestmark = needs_go()


def test_cases() -> None:
    """Go does with each case what the file says."""
    for (case, expected), given in zip(CASES, ask_go([case for case, _ in CASES]), strict=True):
        for name in COMPARED:
            assert getattr(given, name) == getattr(expected, name), (case, name)
