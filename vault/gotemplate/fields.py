"""`.name`: a map's value, a struct's field, or a method."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.numerals import MAX_INT64, MIN_INT64, parse_float
from vault.gotemplate.quoting import quote
from vault.gotemplate.values import INVALID, MAP, POINTER, STRUCT, Number, Sized, StringMap, kind_of, type_name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

# what a field gives that a map does not have, as text/template's option: no value, nil, an error
MISSING_KEYS = ("default", "zero", "error")
_INT_DIGITS = 19


def field_of(value: GoValue, name: bytes, missing_key: str, *, has_arguments: bool) -> GoValue:
    """Return a field by one of MISSING_KEYS. Raises Fault."""
    text = name.decode(errors="replace")
    if value is INVALID:
        if missing_key == "error":
            raise Fault(f"nil data; no entry for key {quote(name).decode()}")
        return INVALID
    if value is None:
        raise Fault(f"nil pointer evaluating interface {{}}.{text}")
    kind = kind_of(value)
    if kind == POINTER:
        raise Fault(f"nil pointer evaluating {type_name_of(value)}.{text}")
    if kind == STRUCT and name in value.fields:
        if has_arguments:
            raise Fault(f"{text} has arguments but cannot be invoked as function")
        return value.fields[name]
    if kind != MAP:
        raise Fault(f"can't evaluate field {text} in type {type_name_of(value)}")
    if has_arguments:
        raise Fault(f"{text} is not a method but has arguments")
    if name in value:
        return value[name]
    if missing_key == "error":
        raise Fault(f"map has no entry for key {quote(name).decode()}")
    if missing_key == "zero":
        return b"" if type(value) is StringMap else None
    return INVALID


def _as_string(_budget: Budget, number: Number) -> bytes:
    return bytes(number)


def _int64_problem(number: Number) -> str:
    """Say why a number of JSON is no int64; "" if it is one."""
    text = number.decode(errors="replace")
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not (digits.isascii() and digits.isdigit()):
        return "invalid syntax"
    if len(digits.lstrip("0")) > _INT_DIGITS or not MIN_INT64 <= int(text) <= MAX_INT64:
        return "value out of range"
    return ""


def is_int64(number: Number) -> bool:
    """Say whether a number of JSON is an int64."""
    return not _int64_problem(number)


def _as_int64(_budget: Budget, number: Number) -> Sized:
    problem = _int64_problem(number)
    if problem:
        raise Fault(f"strconv.ParseInt: {problem}")
    return Sized(int(number), "int64")


def _as_float64(_budget: Budget, number: Number) -> float:
    value = parse_float(number.decode(errors="replace"))
    if value is None:
        raise Fault("strconv.ParseFloat: invalid syntax or value out of range")
    return value


_NUMBER_METHODS = {
    b"String": Function(_as_string),
    b"Int64": Function(_as_int64),
    b"Float64": Function(_as_float64),
}


def method_of(value: GoValue, name: bytes) -> Function | None:
    """Return a method, which takes the value as its receiver: json.Number's, or one of the `methods` of a class."""
    kind = type(value)
    methods = _NUMBER_METHODS if kind is Number else getattr(kind, "methods", None)
    return methods.get(name) if methods else None
