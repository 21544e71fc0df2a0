"""Errors of templates: where they are, and that no value is in them."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.vault.gotemplates import Case, ask_ours
from vault.gotemplate.errors import ExecutionError, ParseError, TemplateError
from vault.gotemplate.template import parse

CANARY = f"canary{secrets.token_hex(8)}"
NUMBER = str(secrets.randbelow(10**9) + 10**9)

# each refuses a value of the data
REFUSALS = (
    "{{range .s}}{{end}}", "{{range $i, $j := .n.Int64}}{{end}}", "{{range .f}}{{end}}", "{{index .l .i}}",
    "{{index .s .i}}", "{{index .m .n}}", "{{slice .s .i}}", "{{slice .l 2 .i}}", "{{slice .l .i 1}}", "{{lt .s .f}}",
    "{{eq .m .m}}", "{{eq .l .l}}", "{{eq .s .i}}", "{{.s.x}}", "{{.m.s.x}}", "{{.n.x}}", "{{.bad.Int64}}",
    "{{.bad.Float64}}", "{{.big.Int64}}", "{{call .s}}", "{{call .m}}", "{{printf .n}}", "{{printf .l}}",
    "{{len .i}}", "{{len .f}}", "{{.m 1}}", "{{not .s .m}}", "{{.s | index .m | .x}}", "{{with .s}}{{.x}}{{end}}",
    "{{template .s}}", "{{1 | .s}}", '{{printf "%p" .m}}',
)  # fmt: skip


@pytest.mark.parametrize("text", REFUSALS)
def test_no_value_is_in_an_error(text: str) -> None:
    """An error says what the template says and the types of values, never a value."""
    data = (
        f'{{"s": "{CANARY}", "m": {{"s": "{CANARY}", "{CANARY}": 1}}, "l": ["{CANARY}", "{CANARY}"], "n": {NUMBER},'
        f' "i": {{"$int": "{NUMBER}"}}, "f": {{"$float64": "{NUMBER}"}}, "bad": {NUMBER}.5e999, "big": {NUMBER * 3}}}'
    )

    given = ask_ours(Case(text.encode(), data))

    assert given.output is None
    assert CANARY not in given.error
    assert NUMBER not in given.error


def test_place() -> None:
    """An error of execution says the line and the column, in bytes, the template and the piece of it."""
    with pytest.raises(ExecutionError) as caught:
        parse('é\n é {{define "x"}}\n{{ len  1 }}{{end}}{{template "x"}}'.encode(), name="file").execute(None)

    error = caught.value
    assert (error.line, error.column, error.reason) == (3, 3, "error calling len: len of type int")
    assert str(error) == 'template: file:3:3: executing "x" at <len 1>: error calling len: len of type int'


def test_parse_place() -> None:
    """An error of parsing says the line, as Go does."""
    with pytest.raises(ParseError, match=r"template: file:3: unclosed action started at file:2$"):
        parse(b"\n{{ 1\n", name="file")


@given(st.binary(max_size=40) | st.text("{}-/*\" `'.$|():=,azif01\n", max_size=40).map(str.encode))
def test_any_bytes_are_a_template_or_refused(text: bytes) -> None:
    """Nothing that is parsed and executed fails in another way."""
    for template in (text, b"{{" + text + b"}}", b"{{range .}}{{" + text + b"}}{{else}}{{end}}"):
        try:
            output = parse(template).execute({b"a": [b"x", None, 1]})
        except TemplateError as error:
            assert error.reason
        else:
            assert isinstance(output, bytes)


@given(st.binary(max_size=30), st.lists(st.integers() | st.binary(max_size=5) | st.none() | st.floats(), max_size=4))
def test_any_format_prints_something(text: bytes, values: list[object]) -> None:
    """No format string makes printf fail, other than by its size."""
    names = " ".join(f"(index .v {each})" for each in range(len(values)))
    bounded = [each if not isinstance(each, int) or abs(each) < 2**63 else 0 for each in values]

    try:
        parse(f"{{{{printf .f {names}}}}}".encode()).execute({b"f": b"%" + text, b"v": bounded})
    except TemplateError as error:
        assert error.reason
