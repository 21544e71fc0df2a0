"""docs/glossary.md has each term once, in order."""

from __future__ import annotations

import re

from tests.docs.pages import DOCS


def test_terms() -> None:
    """Terms are sorted, and each has a meaning and a page."""
    rows = [line for line in (DOCS / "glossary.md").read_text().splitlines() if line.startswith("| ")][1:]
    terms = [row.split(" | ")[0].removeprefix("| ") for row in rows]

    assert len(terms) > 30
    assert terms == sorted(set(terms), key=str.lower)
    assert [row for row in rows if not re.fullmatch(r"\| [^|]+ \| [^|]+ \| \[[^|]+\]\([^|]+\) \|", row)] == []
