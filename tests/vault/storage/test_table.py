"""What is asked for of a table, from text: any text gives a value or a word on what is wrong."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.storage.model import parse_table_name, parse_tags


@given(st.text(max_size=300))
def test_any_name_of_a_table(text: str) -> None:
    """It is taken as it is, or refused; what is taken is what AWS takes."""
    try:
        assert parse_table_name(text) == text
    except ValueError as error:
        assert repr(text) in str(error)
    else:
        assert text.isascii()
        assert 3 <= len(text) <= 255


@given(st.lists(st.text(max_size=20), max_size=4))
def test_any_tags(texts: list[str]) -> None:
    """They are taken as they are, or refused."""
    with suppress(ValueError):
        assert [f"{name}={value}" for name, value in parse_tags(texts)] == texts


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["a"], "write NAME=VALUE"),
        (["=b"], "write NAME=VALUE"),
        ([f"{'a' * 129}=b"], "write NAME=VALUE"),
        ([f"a={'b' * 257}"], "write NAME=VALUE"),
        (["AWS:a=b"], "AWS's own"),
        (["a=b", "a=c"], "twice"),
        ([f"a{number}=b" for number in range(51)], "up to 50 tags"),
    ],
)
def test_tags_that_cannot_be(texts: list[str], words: str) -> None:
    """Each limit of AWS's is told before AWS is called."""
    with pytest.raises(ValueError, match=words):
        parse_tags(texts)
