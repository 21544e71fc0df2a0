"""The grammar of a reference: a table, and the two laws that hold for every text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.vault.cases import read_cases
from vault.contract.errors import ReferenceInvalid
from vault.contract.references import SecretRef, parse_reference

CASES = read_cases("references.json", 40)
ANY_TEXT = st.text(st.characters(), max_size=60) | st.text("ab/#@%~.0123 é\ud800\n", max_size=24)


@pytest.mark.parametrize("case", [each for each in CASES if "path" in each], ids=lambda case: case["text"])
def test_a_reference_names_path_key_and_version(case: dict[str, Any]) -> None:
    """Each text of the table gives the path, key and version beside it, and has one canonical spelling."""
    reference = parse_reference(case["text"])

    assert reference == SecretRef(
        path=case["path"], key=case["key"], version=case["version"], pointer=tuple(case.get("pointer", ()))
    )
    assert str(reference) == case.get("canonical", case["text"])


@pytest.mark.parametrize("case", [each for each in CASES if "refused" in each], ids=lambda case: repr(case["text"]))
def test_what_is_no_reference_is_refused_with_the_reason(case: dict[str, Any]) -> None:
    """Each other text is refused in words that say what is wrong with it."""
    with pytest.raises(ReferenceInvalid, match=case["refused"].replace(".", r"\.")):
        parse_reference(case["text"])


@given(ANY_TEXT)
@example("a@" + "9" * 5000)
@example("a@²")
def test_any_text_gives_a_reference_or_reference_invalid(text: str) -> None:
    """No text makes the parser fail in any other way, and what it takes has a canonical text that means the same."""
    try:
        reference = parse_reference(text)
    except ReferenceInvalid:
        return

    assert parse_reference(str(reference)) == reference
    assert " " not in str(reference)


@given(ANY_TEXT, st.none() | ANY_TEXT, st.none() | st.integers(-1, 10**10), st.lists(ANY_TEXT, max_size=3))
def test_every_reference_that_can_be_made_can_be_written(
    path: str, key: str | None, version: int | None, pointer: list[str]
) -> None:
    """The constructor takes nothing that its text cannot carry."""
    try:
        reference = SecretRef(path=path, key=key, version=version, pointer=tuple(pointer))
    except ReferenceInvalid:
        return

    assert parse_reference(str(reference)) == reference
