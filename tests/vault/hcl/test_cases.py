"""Texts of HCL and JSON, and what they say: Vault's parser has answered those that do not say otherwise (`go`)."""

from __future__ import annotations

import pytest

from tests.support.vault.hcl import as_data, lines_of
from tests.support.vault.hcl_cases import CASES, blocks, text_of
from vault.hcl.errors import HclError
from vault.hcl.parser import parse


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    """One text."""
    case = CASES[name]
    if "error" in case:
        with pytest.raises(HclError) as failed:
            parse(text_of(case))
        assert failed.value.reason == case["error"]
        return
    node = parse(text_of(case))
    assert as_data(node) == blocks(case["data"])
    assert lines_of(node) == case["lines"]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (b"a = 1\nb = ;", 2, 5),
        ("é = 1\n  é = ;".encode(), 2, 7),
        (b"a = <<E\nx\n\nE\nb = [1 2]", 5, 8),
        (b'a {\n b = "x\n}', 2, 6),
        (b"a = \xff", 1, 5),
        (b'{\n "a": x}', 2, 7),
    ],
)
def test_place_of_a_mistake(text: bytes, line: int, column: int) -> None:
    """A mistake has its line and column, in characters."""
    with pytest.raises(HclError) as failed:
        parse(text)
    assert (failed.value.line, failed.value.column) == (line, column)


@pytest.mark.parametrize(
    "text",
    [
        *(b"a = " + b"[" * 60 + b"]" * 60, b"a {" * 60 + b"}" * 60, b'{"a": ' + b"[" * 60 + b"]" * 60 + b"}"),
        *(b"#" * (1024 * 1024 + 1), b"a = [" + b"1," * 30_000 + b"]", b'{"a": [' + b"1," * 30_000 + b"1]}"),
        *(b"a = " + b"1" * 500_000, b"a = 0x" + b"f" * 500_000, b"a = 1." + b"1" * 500_000, b'{"a": ' + b"1" * 500_000),
    ],
    ids=[f"{number}" for number in range(10)],
)
def test_bounds(text: bytes) -> None:
    """What is too deep, too long or has too many values is refused, at once."""
    with pytest.raises(HclError):
        parse(text)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece",
    [b"\n", b"# x\n", b"/**/", b'"${', b"a=<<E\n", b"\\", b"a ", b"\xc3\xa9", b"/*", b"\r", b'a="x"\n', b"a{}", b"E\n"],
)
def test_work_grows_with_the_size(piece: bytes) -> None:
    """A megabyte of anything is parsed or refused in a moment, behind whatever it stands."""
    for begin in (b"", b'a = "', b"a = <<E\n", b"a = [", b"{", b'{"a": "', b"/* "):
        text = begin + piece * (1_000_000 // len(piece))
        try:
            parse(text)
        except HclError as error:
            assert error.line >= 1
