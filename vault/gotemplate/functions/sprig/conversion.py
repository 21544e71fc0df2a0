"""Numbers of values of any type, as spf13/cast makes them: what is no number is zero, and nothing is an error."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.functions.numbers import parse_float_text as any_float
from vault.gotemplate.functions.printed import printed
from vault.gotemplate.numerals import MAX_INT64, MIN_INT64, parse_float, parse_integer
from vault.gotemplate.values import (
    ANY_TYPE,
    BOOL,
    FLOAT,
    INT,
    STRING,
    STRING_TYPE,
    UINT,
    Number,
    Sized,
    kind_of,
    sized,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

_INT64 = "int64"
_LIMIT = float(1 << 63)
_MOST_DIGITS = 22  # of 64 bits, in octal
_OCTAL_DIGITS = b"01234567"


def to_int64(budget: Budget, value: GoValue) -> Sized:
    """Return an integer; what is too large wraps around, or, as a float, becomes the least."""
    kind = "" if value is None else kind_of(value)
    if kind in (INT, UINT, BOOL):
        return sized(int(value), _INT64)
    if kind == FLOAT:
        return Sized(int(value) if -_LIMIT <= value < _LIMIT else MIN_INT64, _INT64)
    if kind != STRING:
        return Sized(0, _INT64)
    budget.step(len(value) >> 4)
    found = parse_integer(_without_zeros(value.decode(errors="replace")))
    return Sized(found if found is not None and MIN_INT64 <= found <= MAX_INT64 else 0, _INT64)


def _without_zeros(text: str) -> str:
    """Return a text without a point and zeros at its end."""
    has_zero = False
    for at in range(len(text) - 1, -1, -1):
        if text[at] == "." and has_zero:
            return text[:at]
        if text[at] not in ".0":
            break
        has_zero = has_zero or text[at] == "0"
    return text


def to_float64(budget: Budget, value: GoValue) -> float:
    """Return a float."""
    kind = "" if value is None else kind_of(value)
    if kind in (INT, UINT, BOOL, FLOAT):
        return float(value)
    if kind != STRING:
        return 0.0
    budget.step(len(value) >> 4)
    if type(value) is Number:
        found = parse_float(value.decode(errors="replace"))
        return 0.0 if found is None else found  # -0 stays what it is
    try:
        return any_float(budget, value)
    except Fault:
        return 0.0


def clamped(text: bytes, digits: bytes, base: int) -> tuple[int, bool]:
    """Return the int64 that a text is, or the nearest, 0 if it is none; and whether it is just that one."""
    body = text[1:] if text[:1] in (b"+", b"-") else text
    if not body or body.translate(None, digits):
        return 0, False
    body = body.lstrip(b"0")
    value = MAX_INT64 + 2 if len(body) > _MOST_DIGITS else int(body or b"0", base)
    value = -value if text.startswith(b"-") else value
    nearest = max(MIN_INT64, min(value, MAX_INT64))
    return nearest, nearest == value


def _to_int(budget: Budget, value: GoValue) -> int:
    return int(to_int64(budget, value))


def _atoi(budget: Budget, text: bytes) -> int:
    budget.step(len(text) >> 4)
    return clamped(text, b"0123456789", 10)[0]


def _to_decimal(budget: Budget, value: GoValue) -> Sized:
    """Read octal digits, as of a file's mode."""
    number, is_exact = clamped(printed(budget, value), _OCTAL_DIGITS, 8)
    return Sized(number if is_exact else 0, _INT64)


FUNCTIONS = {
    "sprig_atoi": Function(_atoi, STRING_TYPE),
    "sprig_float64": Function(to_float64, ANY_TYPE),
    "sprig_int": Function(_to_int, ANY_TYPE),
    "sprig_int64": Function(to_int64, ANY_TYPE),
    "sprig_toDecimal": Function(_to_decimal, ANY_TYPE),
}
