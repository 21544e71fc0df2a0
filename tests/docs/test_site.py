"""The site that `make docs` makes: strictly, with nothing from elsewhere, and with lists that are lists."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from docs.site.stage import indented, separated, stage, tabulated
from tests.docs.pages import PROJECT

MKDOCS = Path(sys.executable).with_name("mkdocs")


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    """Make a site of the pages in folder/build/pages, strictly."""
    (folder / "mkdocs.yml").write_text((PROJECT / "mkdocs.yml").read_text())
    return subprocess.run(
        [MKDOCS, "build", "--strict"],
        cwd=folder,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, in a folder of its own."""
    folder = tmp_path_factory.mktemp("site")
    stage(folder / "build/pages")
    ended = build(folder)
    assert ended.returncode == 0, ended.stderr
    return folder / "build/site"


def articles(site: Path) -> dict[str, str]:
    """Give the content of each page, without code."""
    found = {}
    for page in sorted(site.rglob("*.html")):
        article = re.search(r"<article.*?</article>", page.read_text(), re.DOTALL)
        if article:
            found[str(page.relative_to(site))] = re.sub(r"<(pre|code).*?</\1>", "", article[0], flags=re.DOTALL)
    return found


def test_every_page_is_there(site: Path) -> None:
    """Each page of the repository is a page of the site; the README is the first one."""
    sources = [*PROJECT.glob("*.md"), *(page for each in ("docs", "deploy") for page in (PROJECT / each).rglob("*.md"))]
    pages = [page.relative_to(PROJECT).with_suffix(".html") for page in sources]
    names = [page.with_name("index.html") if page.name == "README.html" else page for page in pages]
    assert len(names) > 60
    assert [str(name) for name in names if not (site / name).is_file()] == []


def test_nothing_from_elsewhere(site: Path) -> None:
    """No page loads a script, a style, a font or a picture from a network."""
    elsewhere = r'[^>]* (?:src|href)="(?:https?:)?//'
    loaded = re.compile(
        rf'<(?:script|img|iframe|source){elsewhere}|<link[^>]* rel="(?:stylesheet|preconnect)"{elsewhere}'
    )
    pages = list(site.rglob("*.html"))
    assert len(pages) > 70
    assert [page.name for page in pages if loaded.search(page.read_text())] == []
    assert loaded.search('<script src="https://unpkg.com/x.js"></script>')
    styles = [style for style in site.rglob("*.css") if re.search(r"@import|url\((?:https?:)?//", style.read_text())]
    assert styles == []


def test_lists_are_lists(site: Path) -> None:
    """No paragraph has what was written as a list, a table or a fence."""
    leftover = re.compile(r"<p>(?:[^<]*\n)?\s*(?:- |\d+\. |\|)[^<]*|```")
    assert {name: leftover.findall(text)[:2] for name, text in articles(site).items() if leftover.search(text)} == {}


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    """A link to a page or a heading that is not there stops the build."""
    pages = tmp_path / "build/pages"
    (pages / "docs").mkdir(parents=True)
    (pages / "README.md").write_text("# a\n\n[x](docs/nothing.md) [y](#nothing)\n")
    (tmp_path / "build/site").mkdir()
    ended = build(tmp_path)
    assert ended.returncode == 1
    assert "docs/nothing.md" in ended.stderr
    assert "#nothing" in ended.stderr


def test_python_markdown_wants_four() -> None:
    """What belongs to an item is indented by four; a list has a blank line before it; code stays as it is."""
    assert indented("- a\n  b\n  - c\n    d\n\ne") == "- a\n    b\n    - c\n        d\n\ne"
    assert (
        indented("1. a\n\n   ```sh\n   b\n     c\n   ```\n2. d") == "1. a\n\n    ```sh\n    b\n      c\n    ```\n2. d"
    )
    assert separated("a\n- b\n- c") == "a\n\n- b\n- c"
    assert separated("- a\n  b\n- c") == "- a\n  b\n- c"
    assert separated("```\na\n- b\n```") == "```\na\n- b\n```"


def test_state_diagrams_are_tables() -> None:
    """Without a script of others a diagram of states is a table of its transitions."""
    diagram = "```mermaid\nstateDiagram-v2\n    [*] --> A\n    A --> B: x<br/>y\n```"
    assert tabulated(diagram).splitlines()[2:] == ["| (start) | A |  |", "| A | B | x; y |"]


def test_navigation_by_reader() -> None:
    """The site's tabs are the readers."""
    text = re.sub(r"!!python/\S+ ", "", (PROJECT / "mkdocs.yml").read_text())
    navigation = YAML(typ="safe", pure=True).load(text)["nav"]
    tabs = [next(iter(each)) for each in navigation]
    assert tabs == ["Start", "Application developer", "Operator", "Vault administrator", "Contributor"]
