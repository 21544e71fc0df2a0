"""Text from outside is printable and bounded wherever it is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.contract.shown import shown

CASES = [
    ("plain", "plain"),
    ("", ""),
    ("お守り", "お守り"),
    ("two\nlines", "two\\nlines"),
    ("\x1b[2J", "\\x1b[2J"),
    ("\u202etxt", "\\u202etxt"),
    ("\ud800", "\\ud800"),
    ("\x00\x7f\x9b", "\\x00\\x7f\\x9b"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_escapes(text: str, expected: str) -> None:
    """What is not printable is escaped, and nothing else changes."""
    assert shown(text) == expected


@given(text=st.text(st.characters(codec=None)), most=st.integers(min_value=1, max_value=50))
def test_is_bounded_and_printable(text: str, most: int) -> None:
    """Any text gives one printable line within the bound, and short printable text is unchanged."""
    line = shown(text, most)
    assert line.isprintable()
    assert len(line) <= most
    if text.isprintable() and len(text) <= most:
        assert line == text


def test_says_that_it_was_cut() -> None:
    """A cut text ends with an ellipsis, and as much is shown as fits."""
    assert shown("a" * 11, 10) == "a" * 9 + "…"
    assert shown("\n" * 10, 10) == "\\n\\n\\n\\n\\…"
