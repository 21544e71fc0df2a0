"""parseJSON. As Go's encoding/json reads into an interface: numbers are float64.

The scanner is the C code of the standard library's json, without the Python above it (docs/decisions/027).
"""

from __future__ import annotations

from _json import make_scanner

from vault.gotemplate.data import from_json
from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.utf8 import decode_all
from vault.gotemplate.values import STRING_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

_WHITESPACE = " \t\n\r"
_LARGEST = 40  # bytes that a value takes for each of its text: `[[],[]]`
_INFINITY = float("inf")


class InvalidJSON(Fault):
    """The text is no JSON."""


def _float(text: str) -> float:
    value = float(text)
    if abs(value) == _INFINITY:
        raise Fault("a number of JSON that is out of range")
    return value


class _Rules:
    """The attributes by which the scanner asks how to read."""

    __slots__ = ()

    strict = True
    object_hook = object_pairs_hook = None
    array_hook = None  # Python 3.15 asks for it
    parse_float = parse_int = staticmethod(_float)

    @staticmethod
    def parse_constant(name: str) -> NoReturn:
        raise ValueError(name)


_SCAN = make_scanner(_Rules())  # type: ignore[arg-type]  # typeshed


def _parse_json(budget: Budget, text: bytes) -> GoValue:
    return read(budget, text) if text else {}


def read(budget: Budget, text: bytes) -> GoValue:
    """Return the value of one document. Raises InvalidJSON, or Fault for a number that is too large."""
    budget.step(len(text) >> 4)
    budget.make(_LARGEST * len(text))
    document = decode_all(text)
    try:
        value, ends = _SCAN(document, len(document) - len(document.lstrip(_WHITESPACE)))
    except (ValueError, StopIteration, SystemError):  # the last is Python 3.11's, which has no class for its error
        raise InvalidJSON("invalid JSON") from None
    if document[ends:].strip(_WHITESPACE):
        raise InvalidJSON("invalid JSON: there is more than one value")
    return from_json(value)


FUNCTIONS = {"parseJSON": Function(_parse_json, STRING_TYPE)}
