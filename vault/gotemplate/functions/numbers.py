"""Numbers from text, and loop. As Go's strconv; an empty text is zero."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.numerals import MAX_INT64, MAX_UINT64, MIN_INT64, parse_float
from vault.gotemplate.values import (
    ANY_TYPE,
    INT,
    STRING,
    STRING_TYPE,
    UINT,
    Channel,
    Sized,
    kind_of,
    sized,
    type_name_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

_TRUE = frozenset((b"1", b"t", b"T", b"TRUE", b"true", b"True"))
_FALSE = frozenset((b"", b"0", b"f", b"F", b"FALSE", b"false", b"False"))
_INFINITY = frozenset(("inf", "infinity"))
_MOST_DIGITS = 20  # of 64 bits
_MOST_ARGUMENTS = 2


def _parse_bool(_budget: Budget, text: bytes) -> bool:
    if text not in _TRUE and text not in _FALSE:
        raise Fault("strconv.ParseBool: invalid syntax")
    return text in _TRUE


def parse_float_text(budget: Budget, text: bytes) -> float:
    """Return a float64, which may be infinite or no number. Raises Fault."""
    budget.step(len(text) >> 4)
    if not text:
        return 0.0
    written = text.decode(errors="replace")
    unsigned = written[1:] if written[:1] in ("+", "-") else written
    if unsigned.lower() in _INFINITY or written.lower() == "nan":
        return float(written)
    value = parse_float(written)
    if value is None:
        raise Fault("strconv.ParseFloat: invalid syntax or value out of range")
    return value


def _integer(budget: Budget, text: bytes, digits: bytes, name: str) -> int:
    """Return a decimal number, of which `digits` are without the sign. Raises Fault."""
    budget.step(len(text) >> 4)
    if not digits.isdigit():
        raise Fault(f"strconv.{name}: invalid syntax")
    if len(digits.lstrip(b"0")) > _MOST_DIGITS:
        raise Fault(f"strconv.{name}: value out of range")
    value = int(digits.lstrip(b"0") or b"0")
    return -value if text[:1] == b"-" else value


def _parse_int(budget: Budget, text: bytes) -> Sized:
    digits = text[1:] if text[:1] in (b"+", b"-") else text
    value = _integer(budget, text, digits, "ParseInt") if text else 0
    if not MIN_INT64 <= value <= MAX_INT64:
        raise Fault("strconv.ParseInt: value out of range")
    return Sized(value, "int64")


def _parse_uint(budget: Budget, text: bytes) -> Sized:
    value = _integer(budget, text, text, "ParseUint") if text else 0
    if value > MAX_UINT64:
        raise Fault("strconv.ParseUint: value out of range")
    return Sized(value, "uint64")


def _bound(budget: Budget, value: GoValue) -> int:
    kind = kind_of(value)
    if kind in (INT, UINT):
        return int(sized(int(value), "int64"))
    if kind == STRING:
        return int(_parse_int(budget, bytes(value)))
    raise Fault(f"loop: bad argument type: {type_name_of(value)}")


def _loop(budget: Budget, *bounds: GoValue) -> Channel:
    """Give the integers up to the only bound, or from the first to the second."""
    if not 1 <= len(bounds) <= _MOST_ARGUMENTS:
        raise Fault(f"loop: wrong number of arguments, expected 1 or 2, but got {len(bounds)}")
    numbers = [_bound(budget, each) for each in (0, *bounds)[-_MOST_ARGUMENTS:]]
    return Channel(*numbers)


FUNCTIONS = {
    "loop": Function(_loop, variadic=ANY_TYPE),
    "parseBool": Function(_parse_bool, STRING_TYPE),
    "parseFloat": Function(parse_float_text, STRING_TYPE),
    "parseInt": Function(_parse_int, STRING_TYPE),
    "parseUint": Function(_parse_uint, STRING_TYPE),
}
