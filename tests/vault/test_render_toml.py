"""The format toml, by its real reader: tomllib."""

from __future__ import annotations

import decimal
import tomllib
from typing import Any

import pytest
from hypothesis import given

from tests.support.vault.secrets import SECRETS, from_vault
from vault.agent.api.responses import Number
from vault.agent.render.files import render_files
from vault.contract.errors import NotRepresentable
from vault.contract.plan import Output

OUTPUT = Output(directory="/d", name="f", mode="0400", format="toml", annotation="a")


def _render(values: dict[str, Any], **fields: Any) -> str:
    (file,) = render_files(OUTPUT.replace(**fields), values)
    contents: bytes = file.contents.reveal()
    return contents.decode()


def _plain(value: Any) -> Any:
    if isinstance(value, Number):
        is_integer = not set(value.text) & set(".eE")
        return int(value.text) if is_integer else decimal.Decimal(value.text)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


@given(SECRETS)
def test_tomllib_reads_what_is_written(values: dict[str, Any]) -> None:
    """Every text, number, list and map as it was, numbers to their last digit; or it is refused."""
    try:
        text = _render(values)
    except NotRepresentable as error:
        assert any(each in error.message for each in ("null", "64 bits"))
        return
    assert tomllib.loads(text, parse_float=decimal.Decimal) == _plain(values)


def test_tables() -> None:
    """Maps come last, as tables; what is deeper is in line."""
    values = from_vault('{"db": {"host": "h", "more": {"a": [1, {"b": 2}]}}, "top": 1.50}')
    assert _render(values) == ('"top" = 1.50\n\n["db"]\n"host" = "h"\n"more" = {"a" = [1, {"b" = 2}]}\n')
    assert _render(values, key="top") == '"top" = 1.50\n'
    assert _render(values, key="db", pointer=("more",)) == '"a" = [1, {"b" = 2}]\n'
    assert _render({}) == ""


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ('{"a": null}', "'a' has a null"),
        ('{"a": {"b": [null]}}', "'b' has a null"),
        ('{"a": 9223372036854775808}', "'a' has a number of more than 64 bits"),
        (f'{{"a": -{"9" * 5000}}}', "'a' has a number of more than 64 bits"),
    ],
)
def test_what_toml_cannot_carry_is_refused(data: str, words: str) -> None:
    """With the key's name, and never its value."""
    with pytest.raises(NotRepresentable, match=words):
        _render(from_vault(data))
