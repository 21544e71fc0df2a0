"""The answers of tests/cases/gotemplate.json are Go's."""

from __future__ import annotations

from tests.gotemplate.oracle import ask_go, needs_go
from tests.support.vault.gotemplates_cases import CASES

pytestmark = needs_go()


def test_cases() -> None:
    """Go renders each case as the file says, and refuses what is refused there."""
    for (case, expected), given in zip(CASES, ask_go([case for case, _ in CASES]), strict=True):
        assert given.output == expected.output, case
        assert bool(given.error) == bool(expected.error), case
