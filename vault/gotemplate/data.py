"""Data for templates: what json.loads makes of JSON, as Go's encoding/json with UseNumber makes it."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.values import ByteSlice, Number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.values import GoValue


def number(text: str) -> Number:
    """Keep a number exactly: `json.loads(text, parse_int=number, parse_float=number)`."""
    return Number(text.encode())


def from_json(value: object) -> GoValue:
    """Return what a template sees. Integers and floats of Python stay int and float64; bytes are a []byte.

    Raises Fault for what JSON does not have, and for data that is too deep.
    """
    try:
        return _value(value)
    except RecursionError:
        raise Fault("data that is too deep") from None


def _value(value: object) -> GoValue:
    kind = type(value)
    if kind is str:
        return _string(str(value))
    if value is None or kind in (bool, int, float, Number):
        return value
    if isinstance(value, dict):
        return {_string(key): _value(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_value(each) for each in value]
    if isinstance(value, bytes):
        return ByteSlice(value)
    raise Fault(f"JSON has no {kind.__name__}")


def _string(text: str) -> bytes:
    """Return the UTF-8 of a text; half of a surrogate pair is U+FFFD, as in Go."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= each <= "\udfff" else each for each in text).encode()
