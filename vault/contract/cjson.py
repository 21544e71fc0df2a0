"""JSON by the C code of the standard library's json, without the Python above it.

That Python imports re, enum and collections and compiles patterns: 8 ms of the start of the program in the Pod, for
which nothing here has a use (docs/decisions/027). On what both take, the results are equal to json's; here text
outside Unicode, NaN and Infinity are refused too, which JSON (RFC 8259) does not have.
"""

from __future__ import annotations

from _json import encode_basestring as quote
from _json import encode_basestring_ascii, make_encoder, make_scanner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

__all__ = ["dumps", "loads", "quote"]  # quote: a string as JSON, not only in ASCII

_WHITESPACE = " \t\n\r"


class _Rules:
    """The attributes by which the scanner asks how to read."""

    __slots__ = ("parse_float", "parse_int")

    strict = True
    object_hook = object_pairs_hook = None
    array_hook = None  # Python 3.15 asks for it

    def __init__(self, parse_float: Callable[[str], Any], parse_int: Callable[[str], Any]) -> None:
        self.parse_float = parse_float
        self.parse_int = parse_int

    @staticmethod
    def parse_constant(name: str) -> NoReturn:
        raise ValueError(f"{name} is not JSON")


def loads(
    document: str | bytes, *, parse_float: Callable[[str], Any] = float, parse_int: Callable[[str], Any] = int
) -> Any:
    """Read one JSON value, of bytes in UTF-8. Raises ValueError, with the place and no text; RecursionError."""
    text = document if isinstance(document, str) else document.decode()
    begins = len(text) - len(text.lstrip(_WHITESPACE))
    scan = make_scanner(_Rules(parse_float, parse_int))  # type: ignore[arg-type]  # typeshed
    try:
        value, ends = _scan(scan, text, begins)
    except StopIteration as stopped:
        raise ValueError(f"a value is missing at character {stopped.value}") from None
    if text[ends:].strip(_WHITESPACE):
        raise ValueError(f"there is more than one value, at character {ends}")
    return value


def _scan(scan: make_scanner, text: str, begins: int) -> tuple[Any, int]:
    try:
        return scan(text, begins)
    except SystemError:  # Python 3.11 finds the class of its own error only where json is imported
        import json.decoder  # noqa: F401, PLC0415

        return scan(text, begins)


def dumps(value: object, *, compact: bool = False) -> str:
    """Write a value as JSON in ASCII on one line. Raises TypeError, for a float without an end ValueError."""
    return "".join((_COMPACT if compact else _SPACED)(value, 0))


def _refuse(value: object) -> NoReturn:
    raise TypeError(f"a {type(value).__name__} has no JSON")


def _encoder(colon: str, comma: str) -> Callable[[object, int], tuple[str, ...]]:
    # no look for circles, no indent, keys in their order, none skipped, no NaN
    return make_encoder(None, _refuse, encode_basestring_ascii, None, colon, comma, False, False, False)


_SPACED = _encoder(": ", ", ")
_COMPACT = _encoder(":", ",")
