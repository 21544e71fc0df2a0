"""Data for templates: what JSON is in Go."""

from __future__ import annotations

import json

import pytest

from vault.gotemplate.data import from_json, number
from vault.gotemplate.errors import Fault
from vault.gotemplate.values import ByteSlice, Number, type_name_of


def test_json() -> None:
    """Numbers stay exact, strings are bytes, and half of a surrogate pair is the replacement character."""
    text = '{"é": [1.50, 12345678901234567890, -0, "a\\ud83d\\udd12", "\\ud800x", null, true]}'

    data = from_json(json.loads(text, parse_int=number, parse_float=number))

    assert data == {
        "é".encode(): [b"1.50", b"12345678901234567890", b"-0", "a🔒".encode(), "\ufffdx".encode(), None, True]
    }
    assert [type(each) for each in data["é".encode()]] == [Number, Number, Number, bytes, bytes, type(None), bool]


def test_types() -> None:
    """Each value has the type that Go would have for it."""
    data = from_json([1, 1.5, True, b"x", "x", {}, [], number("1")])
    assert [type_name_of(each) for each in data] == [
        "int",
        "float64",
        "bool",
        "[]uint8",
        "string",
        "map[string]interface {}",
        "[]interface {}",
        "json.Number",
    ]
    assert type(data[3]) is ByteSlice


def test_refused() -> None:
    """What is no JSON is refused, and so is what is too deep."""
    with pytest.raises(Fault, match="no set"):
        from_json([{1}])
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(Fault, match="too deep"):
        from_json(deep)
