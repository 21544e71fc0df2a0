"""Copy the documents to build/pages, where mkdocs makes a site of them: `make docs`.

The folders stay as they are, so that links between pages, and to other files of the repository, still lead there.
What is written differently for a site is in three functions: `indented` and `separated`, since Python-Markdown has
other rules for lists than GitHub, and `tabulated`, since a diagram of Mermaid needs a script from elsewhere.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
FOLDERS = ("docs", "deploy", "terraform")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_ITEM = re.compile(r"( *)(?:[-*]|\d+\.) ")
_FENCE = re.compile(r" *(```|~~~)")


def pages() -> Iterator[Path]:
    """Give every page of the repository."""
    yield from sorted(PROJECT.glob("*.md"))
    for folder in FOLDERS:
        yield from sorted((PROJECT / folder).rglob("*.md"))


def stage(target: Path) -> None:
    """Write the pages, and what they link to, into an empty folder."""
    shutil.rmtree(target, ignore_errors=True)
    _copy(Path(__file__).with_name("site.css"), target)
    for page in pages():
        text = page.read_text()
        for link in _LINK.findall(text):
            _copy(page.parent / link.partition("#")[0], target)
        copy = target / page.relative_to(PROJECT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(rewritten(_without_folders(text, page)))


def rewritten(text: str) -> str:
    """Give a page as the site's Markdown wants it."""
    return separated(indented(tabulated(text)))


def _copy(linked: Path, target: Path) -> None:
    if linked.is_file() and linked.suffix != ".md":
        copy = target / linked.resolve().relative_to(PROJECT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(linked, copy)


def _without_folders(text: str, page: Path) -> str:
    """Let a link to a folder lead to its page; without one its words stay."""

    def replaced(found: re.Match[str]) -> str:
        folder = page.parent / found[2]
        if "://" in found[2] or not folder.is_dir():
            return found[0]
        return f"[{found[1]}]({found[2].rstrip('/')}/README.md)" if (folder / "README.md").is_file() else found[1]

    return re.sub(r"\[([^\]\n]*)\]\(([^)#\s]+)\)", replaced, text)


def indented(text: str) -> str:
    """Indent what belongs to an item of a list by four, for each list that it is in."""
    lines, fenced, depths = [], "", [0]
    for line in text.split("\n"):
        fence = _FENCE.match(line)
        blank = not line.strip()
        if not blank and not fenced:
            indent = len(line) - len(line.lstrip())
            while len(depths) > 1 and indent < depths[-1]:
                depths.pop()
        moved = (
            line if blank else f"{'    ' * (len(depths) - 1)}{line[min(depths[-1], len(line) - len(line.lstrip())) :]}"
        )
        lines.append(moved)
        item = _ITEM.match(line)
        if fence:
            fenced = "" if fenced == fence[1] else fenced or fence[1]
        elif item and not fenced:
            depths.append(item.end())
    return "\n".join(lines)


def separated(text: str) -> str:
    """Put a blank line between a paragraph and a list that follows it."""
    lines: list[str] = []
    fenced = False
    for line in text.split("\n"):
        before = lines[-1] if lines else ""
        if not fenced and _ITEM.match(line) and before.strip() and not _belongs_to_a_list(lines):
            lines.append("")
        fenced ^= bool(_FENCE.match(line))
        lines.append(line)
    return "\n".join(lines)


def _belongs_to_a_list(lines: list[str]) -> bool:
    """Whether the paragraph that ends here begins with an item of a list."""
    for line in reversed(lines):
        if _ITEM.match(line):
            return True
        if not line.strip() or line[0] != " ":
            return False
    return False


def tabulated(text: str) -> str:
    """Write the transitions of each state diagram as a table."""
    return re.sub(
        r"^```mermaid\n(.*?)^```$", lambda found: _transitions(found[1]), text, flags=re.MULTILINE | re.DOTALL
    )


def _transitions(diagram: str) -> str:
    arrows = re.findall(r"^ *(\S+) --> (\S+?)(?:: (.*))?$", diagram, re.MULTILINE)
    rows = [f"| {_state(first)} | {_state(last)} | {words.replace('<br/>', '; ')} |" for first, last, words in arrows]
    return "\n".join(["| from | to | when |", "|---|---|---|", *rows])


def _state(name: str) -> str:
    return "(start)" if name == "[*]" else name


if __name__ == "__main__":
    stage(Path(sys.argv[1]))
