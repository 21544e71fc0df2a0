"""Each call of `omamori` on a page has a command and options that there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PROJECT
from tests.docs.shelllines import calls, unknown

PAGES = [
    *PROJECT.glob("*.md"),
    *(page for folder in ("docs", "deploy") for page in sorted((PROJECT / folder).rglob("*.md"))),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_calls(page: Path) -> None:
    """Nothing in them is unknown."""
    assert [(call, unknown(call)) for call in calls(page) if unknown(call)] == []


def test_calls_are_found() -> None:
    """Pages with calls have them, and a wrong option is found."""
    assert len(list(calls(DOCS / "policies.md"))) > 8
    assert len(list(calls(DOCS / "ci.md"))) > 8
    assert unknown(["policy", "plan", "-f", "a", "--prume"]) == ["--prume"]
    assert unknown(["polizy"]) == ["polizy"]
