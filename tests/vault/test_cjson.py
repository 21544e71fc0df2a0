"""JSON by C code alone, beside the standard library's json, for which it stands."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.vault.program import FLAGS, ROOT
from vault.contract import cjson

SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))

NO_JSON = {
    "nothing": "",
    "white space": " \n",
    "half an object": '{"a": 1',
    "half a string": '"a',
    "a comma too many": "[1,]",
    "no colon": '{"a" 1}',
    "a key that is no string": "{1: 2}",
    "an escape that is none": '"\\x"',
    "a control character": '"\n"',
    "two values": "1 2",
    "a word": "nul",
    "a plus": "+1",
    "a mark of the byte order": "\ufeff1",
}
STRICTER = {
    "NaN": b"NaN",
    "Infinity": b"[Infinity]",
    "-Infinity": b'{"a": -Infinity}',
    "a mark of the byte order": b"\xef\xbb\xbf1",
    "half of a pair in bytes": b'"\xed\xa0\x80"',
    "UTF-16": "{}".encode("utf-16"),
}


@given(VALUES)
def test_written_as_json_does(value: Any) -> None:
    assert cjson.dumps(value) == json.dumps(value)
    assert cjson.dumps(value, compact=True) == json.dumps(value, separators=(",", ":"))


@given(st.text())
def test_quoted_as_json_does(text: str) -> None:
    assert cjson.quote(text) == json.dumps(text, ensure_ascii=False)


@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_read_as_json_does(value: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert cjson.loads(text) == json.loads(text) == value
    if not any("\ud800" <= each <= "\udfff" for each in text):
        assert cjson.loads(f" \t\r\n{text}\n".encode()) == value


@given(st.text(alphabet='{}[]",:\\ntrufalse0123456789.eE+- \n\u00e9/'))
def test_refused_as_json_does(text: str) -> None:
    """The same texts are refused, but for the constants that JSON does not have."""
    try:
        expected = json.loads(text, parse_constant=_refused)
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011 - which one is the next test's
            cjson.loads(text)
    else:
        assert repr(cjson.loads(text)) == repr(expected)


def _refused(_name: str) -> None:
    raise ValueError


@pytest.mark.parametrize("text", NO_JSON.values(), ids=NO_JSON)
def test_a_refusal_has_the_place(text: str) -> None:
    with pytest.raises(ValueError, match=r"char(acter)? \d+"):
        cjson.loads(text)


@pytest.mark.parametrize("text", NO_JSON.values(), ids=NO_JSON)
def test_a_refusal_where_json_was_never_imported(text: str) -> None:
    """Python 3.11's scanner has no error of its own then."""
    code = (
        f"import sys; sys.path.append({str(ROOT)!r}); from vault.contract import cjson\n"
        "assert 'json' not in sys.modules\n"
        f"try: cjson.loads({text!r})\nexcept ValueError as error: print(error)"
    )
    done = subprocess.run([sys.executable, *FLAGS, "-c", code], capture_output=True, text=True, check=True)
    assert "char" in done.stdout


@pytest.mark.parametrize("document", STRICTER.values(), ids=STRICTER)
def test_stricter_than_json(document: bytes) -> None:
    json.loads(document)
    with pytest.raises(ValueError):  # noqa: PT011
        cjson.loads(document)


def test_each_rule_that_a_scanner_asks_for_is_there() -> None:
    """The scanner of Python 3.15 asks for `array_hook`, too, as the types of mypy have it."""
    asked = {"strict", "object_hook", "object_pairs_hook", "array_hook", "parse_float", "parse_int", "parse_constant"}
    assert asked <= set(dir(cjson._Rules(float, int)))


def test_no_depth_ends_the_process() -> None:
    with pytest.raises(RecursionError):
        cjson.loads("[" * 1_000_000)


def test_nothing_without_json_is_written() -> None:
    with pytest.raises(TypeError, match="a set has no JSON"):
        cjson.dumps({"a": {1}})
    with pytest.raises(ValueError, match="not JSON compliant"):
        cjson.dumps(math.inf)


def test_numbers_by_the_caller() -> None:
    assert cjson.loads("[1, 1.10, 1e2]", parse_int=str, parse_float=str) == ["1", "1.10", "1e2"]
