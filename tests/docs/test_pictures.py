"""The pictures are what docs/pictures/draw.py draws, and can be read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.docs.pages import DOCS, PROJECT

FOLDER = DOCS / "pictures"
SVG = "{http://www.w3.org/2000/svg}"
PICTURES = sorted(FOLDER.glob("*.svg"))


def test_drawn_by_the_script() -> None:
    """Each picture is what the script draws now."""
    assert len(PICTURES) == 5
    ended = subprocess.run([sys.executable, FOLDER / "draw.py", "--check"], check=False)
    assert ended.returncode == 0


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.stem)
def test_words_fit(picture: Path) -> None:
    """At 700 pixels each word has 13 of them in height, and none leaves the picture, by the mean width of a letter."""
    root = ET.parse(picture).getroot()  # noqa: S314 - our own file
    width = float(root.attrib["width"])
    words = root.findall(f"{SVG}text")
    assert len(words) > 10
    for each in words:
        size, x = float(each.attrib["font-size"]), float(each.attrib["x"])
        length = len(each.text or "") * size * 0.56
        left = {"start": x, "middle": x - length / 2, "end": x - length}[each.attrib["text-anchor"]]
        assert size * 700 / width >= 13
        assert left >= 4, each.text
        assert left + length <= width - 4, each.text


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.stem)
def test_shown_somewhere(picture: Path) -> None:
    """Each picture is on a page, with words for those who do not see it."""
    pages = [*PROJECT.glob("*.md"), *DOCS.glob("*.md")]
    shown = [line for page in pages for line in page.read_text().splitlines() if f"pictures/{picture.name})" in line]
    assert shown
    assert all(line.startswith("![") and len(line) > 80 for line in shown)
