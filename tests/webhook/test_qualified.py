"""Annotation keys are taken and refused as an API server does, row by row."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhook.admission.annotations.qualified_keys import problem_with_key

_LETTERS = string.ascii_letters + string.digits


@pytest.mark.parametrize(
    ("key", "says"),
    [
        # what IsQualifiedName takes
        ("file.omamori.dev/db.env", None),
        ("file.omamori.dev/DB_x-1.env", None),
        ("FILE.omamori.dev/x", None),
        ("env.omamori.dev/A", None),
        ("plain", None),
        ("1", None),
        ("file.omamori.dev/" + "x" * 63, None),
        ("a" * 63 + "." + "b" * 189 + "/x", None),
        # what it refuses
        ("file.omamori.dev/a/b", "more than one '/'"),
        ("file.omamori.dev//b", "more than one '/'"),
        ("file.omamori.dev/a/", "more than one '/'"),
        ("file.omamori.dev/", "no name after"),
        ("", "is empty"),
        ("file.omamori.dev/" + "x" * 64, "more than 63 characters"),
        ("file.omamori.dev/.pgpass", "letter or digit at both ends"),
        ("env.omamori.dev/_X", "letter or digit at both ends"),
        ("env.omamori.dev/X_", "letter or digit at both ends"),
        ("file.omamori.dev/my file", "letters, digits"),
        ("file.omamori.dev/x\n", "letters, digits"),
        ("file.omamori.dev/é", "letters, digits"),
        ("file.omamori.dev/٣", "letters, digits"),
        ("/x", "not a DNS name"),
        ("file..omamori.dev/x", "not a DNS name"),
        ("-file.omamori.dev/x", "not a DNS name"),
        ("file_.omamori.dev/x", "not a DNS name"),
        ("file.omamori.dev\n/x", "not a DNS name"),
        ("a" * 63 + "." + "b" * 190 + "/x", "not a DNS name"),
    ],
)
def test_keys(key: str, says: str | None) -> None:
    """What is wrong is told, and that `as=` gives the name."""
    problem = problem_with_key(key)
    if says is None:
        assert problem is None
    else:
        assert problem is not None
        assert says in problem
        assert "as=" in problem


@given(st.text(max_size=300))
def test_any_text(key: str) -> None:
    """Any text gets an answer, which is one short printable line."""
    problem = problem_with_key(key)
    assert problem is None or (problem.isprintable() and len(problem) < 300)


@given(st.text(_LETTERS + "-_.", min_size=1, max_size=63))
def test_ends_decide(name: str) -> None:
    """Of names made of the right characters, those with a letter or digit at both ends are taken."""
    taken = name[0] in _LETTERS and name[-1] in _LETTERS
    assert (problem_with_key(f"file.omamori.dev/{name}") is None) is taken
