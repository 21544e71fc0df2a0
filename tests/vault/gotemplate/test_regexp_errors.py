"""Patterns that are none: where Go's words are not the same by choice, and that nothing else is raised."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.vault.goregexps import Case, ask_ours, budget
from vault.gotemplate.errors import Fault
from vault.gotemplate.regexp.errors import NO_UNICODE_CLASSES, TOO_DEEP, PatternError
from vault.gotemplate.regexp.parser import MOST_HEIGHT
from vault.gotemplate.regexp.regexp import compile as compile_pattern


def test_words() -> None:
    """An error has Go's words, and the piece of the pattern that is to blame, not all of it."""
    with pytest.raises(Fault) as caught:
        compile_pattern(rb"secret[b-a]secret", budget())

    assert str(caught.value) == "error parsing regexp: invalid character class range: `b-a`"


def test_a_long_piece_is_cut() -> None:
    """A piece that is long is not shown as a whole; who asks for it has it."""
    with pytest.raises(PatternError) as caught:
        compile_pattern(b"(" + b"a" * 1000, budget())

    assert str(caught.value) == f"error parsing regexp: missing closing ): `({'a' * 99}...`"
    assert caught.value.piece == b"(" + b"a" * 1000


@pytest.mark.parametrize(
    ("pattern", "piece"),
    [
        (rb"\pL", rb"\pL"),
        (rb"a\p{Greek}b", rb"\p{Greek}"),
        (rb"[\PN]", rb"\PN"),
        (rb"[\p{^Lu}x]", rb"\p{^Lu}"),
        (rb"\p{Lu", rb"\p{"),
        (rb"\p", rb"\p"),
    ],
)
def test_unicode_classes(pattern: bytes, piece: bytes) -> None:
    """Classes of Unicode are refused by name: their tables are not worth a Pod's memory."""
    answer = ask_ours(Case(pattern))
    assert (answer.code, answer.piece) == (NO_UNICODE_CLASSES, piece)


def test_surrogates() -> None:
    r"""A surrogate is in no text; Go takes ^\x{D800} for U+FFFD, by how it looks for what a match begins with."""
    assert not ask_ours(Case(rb"^\x{D800}", "\ufffd".encode())).match
    assert not ask_ours(Case(rb"[\x{D800}-\x{DFFF}]", b"\xed\xa0\x80")).match


@pytest.mark.parametrize(("begin", "end"), [("(", ")"), ("(?:a", ")*"), ("(?:", ")+"), ("(a|", ")")])
def test_depth(begin: str, end: str) -> None:
    """Groups may be deep in each other, but not as deep as in Go."""
    assert ask_ours(Case(f"{begin * 30}x{end * 30}".encode(), b"x" * 40 + b"a" * 40)).code == ""
    assert ask_ours(Case(f"{begin * MOST_HEIGHT}x{end * MOST_HEIGHT}".encode())).code == TOO_DEEP


def test_size() -> None:
    """A pattern of more instructions than Go takes is refused as there, before they are made."""
    counted = budget()
    with pytest.raises(PatternError, match="too large"):
        compile_pattern(b"(" + b"a" * 3400 + b"){1000}", counted)
    assert counted._steps < 20_000


PIECES = st.sampled_from([*r"()[]{}*+?|\^$.-,:<>PQEabipsx0129é", "(?", "[[:", "\\x{", "(?P<", "{2}", "[^", "(?i)"])


@given(
    st.binary(max_size=30) | st.lists(PIECES, max_size=25).map(lambda each: "".join(each).encode()),
    st.binary(max_size=20) | st.text("abé\n", max_size=20).map(str.encode),
    st.binary(max_size=10) | st.text("${}0129ab", max_size=10).map(str.encode),
)
def test_any_bytes_are_a_pattern_or_refused(pattern: bytes, text: bytes, replacement: bytes) -> None:
    """Nothing that is compiled and used fails in another way."""
    answer = ask_ours(Case(pattern, text, replacement))

    assert answer.code or answer.match == (answer.find is not None)
