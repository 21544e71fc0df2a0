"""Variables for env files: a table of cases, and generated ones that love what parsers do not."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from hypothesis import strategies as st

from tests.support.vault.cases import read_cases

T = TypeVar("T")


class Case(NamedTuple):
    """A variable, and its env file, or a part of the message that refuses it."""

    name: str
    value: bytes
    written: bytes | None
    refused: str


def table() -> list[Case]:
    """Read the table: `value` is a text, repeated `times`; `hex` is bytes; `{value}` in `written` is the value."""
    cases = []
    for each in read_cases("envfile.json", 40):
        value = bytes.fromhex(each["hex"]) if "hex" in each else (each["value"] * each.get("times", 1)).encode()
        written = each["written"].encode().replace(b"{value}", value) if "written" in each else None
        cases.append(Case(each["name"], value, written, each.get("refused", "")))
    return cases


def raw(name: str) -> bytes:
    """Give a name as bytes, also one that is no Unicode."""
    return name.encode(errors="surrogatepass")


def is_text(text: bytes) -> bool:
    """Whether bytes are UTF-8."""
    return text.decode(errors="ignore").encode() == text


def _mostly(usual: st.SearchStrategy[T], other: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """Draw the other every fourth time; `one_of` draws from each of its parts alike."""
    return st.integers(0, 3).flatmap(lambda number: other if number == 3 else usual)


GOOD_NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,4}", fullmatch=True)
NAMES = _mostly(
    GOOD_NAMES | st.text(st.sampled_from("AB_1.-#'\"~"), min_size=1, max_size=5),
    st.text(st.sampled_from("AB #='\t\r\n\0\x7fé\ud800"), max_size=4),
)

_GOOD = st.sampled_from(["a", "\n", "\r", "#", "=", " ", "\t", '"', "\\", "$(A)", "é", "\U0001f512", "\nB=", "\x01"])
_BAD = st.sampled_from([b"'", b"\r\n", b"\0", b"\xff", b"\xed\xa0\x80", b"'\nB='"])
_PIECES = st.lists(_GOOD, max_size=6).map(lambda each: "".join(each).encode())
_EDGES = st.sampled_from([64 * 1024, 128 * 1024]).flatmap(lambda edge: st.integers(edge - 14, edge + 1))
_UNITS = st.sampled_from([b"x", b"\n", b"x" * 1000 + b"\n", "é".encode()])


def _filled(size: int, unit: bytes, start: bytes, end: bytes) -> bytes:
    """Give a value of about that size."""
    middle = unit * ((size - len(start) - len(end)) // len(unit))
    return start + middle + end


VALUES = _mostly(
    _PIECES,
    st.tuples(_PIECES, _BAD, _PIECES).map(b"".join)
    | st.binary(max_size=8)
    | st.builds(_filled, _EDGES, _UNITS, _PIECES, _PIECES),
)
VARIABLES = st.dictionaries(NAMES, VALUES, min_size=1, max_size=4)

# what may come before a parser, and is an env file at times
CONTENTS = st.lists(
    st.sampled_from([b"A", b"B", b"=", b"'", b"'", b"A='", b"\n", b"\r", b" ", b"\t", b"#", b"a", b"\xff", b"\0"])
    | _EDGES.map(lambda size: b"x" * size),
    max_size=14,
).map(b"".join)
