"""README.md: its figures are measured, and it leads to every page."""

from __future__ import annotations

import re

from tests.docs.pages import DOCS, PROJECT

README = (PROJECT / "README.md").read_text()


def test_figures_are_measured() -> None:
    """Each figure of the section `Why` is in docs/measurements."""
    section = README.partition("\n## Why\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("- ")]
    measured = set(re.findall(r"\d[\d,.]*\d|\d", (DOCS / "measurements/README.md").read_text()))

    assert len(lines) == 5
    for line in lines:
        figures = re.findall(r"\d[\d,.]*\d|\d", re.sub(r"\(p50\)", "", line))
        assert figures, line
        assert [each for each in figures if each not in measured] == [], line


def test_every_page_is_in_the_table() -> None:
    """The table of documents, or the line below it, has each page of docs."""
    table = README.partition("\n## Documents\n")[2]
    pages = {page.name for page in DOCS.glob("*.md")} | {"platforms/README.md", "decisions/README.md", "with/README.md"}
    assert [name for name in sorted(pages) if f"(docs/{name})" not in table] == []
