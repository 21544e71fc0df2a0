"""The format properties as text; test_properties_java.py reads it with java.util.Properties."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.support.vault.cases import read_cases
from tests.support.vault.properties import property_cases
from tests.support.vault.secrets import SECRETS, from_vault
from vault.agent.render.files import render_files
from vault.contract.errors import NotRepresentable
from vault.contract.plan import Output

OUTPUT = Output(directory="/d", name="a.properties", mode="0400", format="properties", annotation="a")


def _render(values: dict[str, object]) -> str:
    [file] = render_files(OUTPUT, values)
    return file.contents.reveal().decode("ascii")


@pytest.mark.parametrize("case", read_cases("properties.json", 10), ids=lambda case: case["written"])
def test_a_property_is_written_as_the_table_says(case: dict[str, str]) -> None:
    """What the format treats as its own is escaped in the name, and in the value only where it must be."""
    assert _render({case["name"]: case["value"]}) == case["written"]


@given(SECRETS)
def test_a_secret_is_ascii_lines_one_for_each_key(values: dict[str, object]) -> None:
    """Whatever is in it, each key takes one line of printable ASCII."""
    try:
        text = _render(values)
    except NotRepresentable as refused:
        assert "is null" in refused.message
        return

    assert text.count("\n") == len(values)
    assert text.replace("\n", "").isprintable()


def test_numbers_and_structures_are_json() -> None:
    """As in every format of texts."""
    assert _render(from_vault('{"n": 1.10, "s": {"a": [true]}}')) == 'n=1.10\ns={"a":[true]}\n'


def test_the_cases_for_java_can_be_written() -> None:
    """Every case of the real reader's test is one line."""
    cases = property_cases()

    assert _render(dict(cases)).count("\n") == len(cases)
