"""What patterns match, as a table that Go itself has answered."""

from __future__ import annotations

import pytest

from tests.support.vault.goregexps import Answer, Case, ask_ours, budget
from tests.support.vault.goregexps_cases import CASES, COMPARED
from vault.gotemplate.regexp.regexp import compile as compile_pattern
from vault.gotemplate.regexp.regexp import quote_meta


@pytest.mark.parametrize(("case", "expected"), CASES, ids=lambda each: repr(getattr(each, "pattern", ""))[:40])
def test_a_pattern_does_what_gos_does(case: Case, expected: Answer) -> None:
    """Each pattern of the table finds, replaces and splits as it does in Go, or is refused in Go's words."""
    given = ask_ours(case)

    for name in COMPARED:
        assert getattr(given, name) == getattr(expected, name), name


@pytest.mark.parametrize("case", [case for case, expected in CASES if not expected.code], ids=repr)
def test_all_methods_agree(case: Case) -> None:
    """Whether there is a match, the first match and all matches are those of the places."""
    given = ask_ours(case)

    text = case.text
    assert given.match == (given.index is not None)
    assert given.find == (None if given.index is None else text[given.index[0] : given.index[1]])
    assert given.all == [text[each[0] : each[1]] for each in given.all_index]


def test_names() -> None:
    """Groups have their names by number, one that has none the empty name; so has the whole."""
    assert compile_pattern(b"(a)(?P<b>b)(?:c)(?<d>d)", budget()).names == (b"", b"", b"b", b"d")


@pytest.mark.parametrize("text", ["", "a.b", "\\.+*?()|[]{}^$", "\\Q(\\E", "é🔒-_/~`'\"\n"])
def test_quote_meta(text: str) -> None:
    """A quoted text is a pattern that matches just itself."""
    pattern = quote_meta(text.encode(), budget())

    assert compile_pattern(b"^(?:" + pattern + b")$", budget()).match(text.encode())
    assert not compile_pattern(b"^(?:" + pattern + b")$", budget()).match(text.encode() + b"x")
