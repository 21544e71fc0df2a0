"""The formats json and yaml, by their real readers: json, and ruamel.yaml as a YAML 1.1 and as a YAML 1.2 reader."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import example, given
from ruamel.yaml import YAML

from tests.support.vault.secrets import SECRETS, from_vault
from vault.agent.api.responses import Number
from vault.agent.render.files import render_files
from vault.contract.errors import NotRepresentable
from vault.contract.plan import Output


def _render(values: dict[str, Any], format_name: str, key: str | None = None) -> str:
    [file] = render_files(
        Output(directory="/d", name="db", mode="0400", format=format_name, key=key, annotation="a"), values
    )
    return file.contents.reveal().decode()


def _read_yaml(text: str, version: tuple[int, int]) -> Any:
    reader = YAML(typ="safe", pure=True)
    reader.version = version
    return reader.load(text)


def _plain(value: Any) -> Any:
    """The value as Python's json would have read it."""
    if isinstance(value, Number):
        return float(value.text)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _same(one: Any, other: Any) -> bool:
    """Equal, and of equal types all the way down: True is not 1, and 1.0 is not 1."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


@given(SECRETS)
def test_json_comes_back(values: dict[str, Any]) -> None:
    """Any secret comes back from a JSON reader, keys in Vault's order."""
    text = _render(values, "json")

    assert _same(json.loads(text), _plain(values))
    assert text.endswith("\n")


@pytest.mark.parametrize("version", [(1, 1), (1, 2)])
@given(values=SECRETS)
@example(
    values=from_vault('{"a": 1e3, "b": 1E400, "c": -0.5e-7, "d": 10, "e": "0o7", "f": "yes", "g": "1:30", "": {}}')
)
@example(values=from_vault('{"no": ["~", "null", "- a", "\\u0085\\u2028\\ufeff", "#", ": ", "<<", "=", "2001-01-01"]}'))
@example(values={})
def test_yaml_comes_back_from_readers_of_both_versions(version: tuple[int, int], values: dict[str, Any]) -> None:
    """Any secret comes back with its types: no text becomes a number, a date or a boolean, and no number a text."""
    text = _render(values, "yaml")

    assert _same(_read_yaml(text, version), _plain(values))
    assert text.isascii()
    assert text.isprintable() or set(text) - set(map(chr, range(32, 127))) == {"\n"}


def test_numbers_keep_their_text_in_json() -> None:
    """1.10 stays 1.10, and what no float can hold is not rounded."""
    numbers = ["1.10", "1E400", "0.1e-400", "12345678901234567890", "1.000000000000000000001", "-0.0"]
    values = from_vault("{" + ",".join(f'"{index}":{each}' for index, each in enumerate(numbers)) + "}")

    text = _render(values, "json")

    assert text == '{"0":1.10,"1":1E400,"2":0.1e-400,"3":12345678901234567890,"4":1.000000000000000000001,"5":-0.0}\n'


@pytest.mark.parametrize(
    ("number", "written"), [("1.10", "1.10"), ("1e3", "1.0e+3"), ("1E400", "1.0e+400"), ("2.5E-7", "2.5e-7")]
)
def test_numbers_are_numbers_to_both_versions_of_yaml(number: str, written: str) -> None:
    """YAML 1.1 wants a point and a sign where JSON does not."""
    text = _render(from_vault(f'{{"n":{number}}}'), "yaml")

    assert text == f'"n": {written}\n'
    for version in ((1, 1), (1, 2)):
        read = _read_yaml(text, version)["n"]
        assert math.isclose(read, float(number)) or read == float(number)


@pytest.mark.parametrize(
    ("key", "json_text", "yaml_text"),
    [
        ("text", '"it\'s \\"é\\""\n', '"it\'s \\"\\xe9\\""\n'),
        ("number", "1.10\n", "1.10\n"),
        ("null", "null\n", "null\n"),
        ("list", '[1,{"a":true}]\n', '[1, {"a": true}]\n'),
        ("map", '{"a":"b"}\n', '"a": "b"\n'),
        ("empty", "{}\n", "{}\n"),
    ],
)
def test_one_key_is_a_document_of_its_own(key: str, json_text: str, yaml_text: str) -> None:
    """Whatever the value is, it is one document."""
    values = from_vault(
        '{"text":"it\'s \\"é\\"","number":1.10,"null":null,"list":[1,{"a":true}],"map":{"a":"b"},"empty":{}}'
    )

    assert _render(values, "json", key) == json_text
    assert _render(values, "yaml", key) == yaml_text


def test_a_key_that_yaml_readers_would_not_find_the_end_of_is_refused() -> None:
    """They look 1,024 characters ahead for the colon; up to there a key is read."""
    for version in ((1, 1), (1, 2)):
        assert _read_yaml(_render({"é" * 249: {"x" * 998: 1}}, "yaml"), version) == {"é" * 249: {"x" * 998: 1}}
    for values in ({"x" * 1023: 1}, {"a": {"é" * 300: 1}}, {"a": [{"é" * 300: 1}]}):
        with pytest.raises(NotRepresentable, match="characters is too long for YAML") as refused:
            _render(values, "yaml")
        assert refused.value.annotation == "a"


@pytest.mark.parametrize("format_name", ["json", "yaml"])
def test_half_a_surrogate_pair_is_refused(format_name: str) -> None:
    """JSON can carry it, UTF-8 cannot, and readers do not agree on it."""
    with pytest.raises(NotRepresentable):
        _render(from_vault('{"a":"\\ud800"}'), format_name)


@pytest.mark.parametrize("format_name", ["json", "yaml", "raw", "env"])
def test_a_structure_without_measure_is_refused(format_name: str) -> None:
    """What is nested too deep to be rendered is an error of ours, with a name."""
    deep: Any = "x"
    for _ in range(5000):
        deep = [deep]

    with pytest.raises(NotRepresentable, match="nested"):
        _render({"a": deep}, format_name)
