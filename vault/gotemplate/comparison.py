"""eq, ne, lt, le, gt and ge. As text/template/funcs.go: values of one kind, or integers with and without sign."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.values import (
    BOOL,
    FLOAT,
    INT,
    INVALID,
    NO_KIND,
    POINTER,
    STRING,
    STRUCT,
    UINT,
    kind_of,
    type_name_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

_BASIC = {each: each for each in (BOOL, INT, UINT, FLOAT, STRING)}
_INTEGERS = (INT, UINT)


def eq(budget: Budget, first: GoValue, *others: GoValue) -> bool:
    """Say whether a value equals one of the others. Raises Fault."""
    if not others:
        raise Fault("missing argument for comparison")
    return any(_is_equal(budget, first, other) for other in others)


def ne(budget: Budget, first: GoValue, second: GoValue) -> bool:
    """Say whether two values differ. Raises Fault."""
    return not _is_equal(budget, first, second)


def lt(budget: Budget, first: GoValue, second: GoValue) -> bool:
    """Say whether a value is less than another. Raises Fault."""
    first_kind, second_kind = _basic_kind(first), _basic_kind(second)
    if NO_KIND in (first_kind, second_kind):
        raise Fault("invalid type for comparison")
    if first_kind != second_kind and not (first_kind in _INTEGERS and second_kind in _INTEGERS):
        raise _incompatible(first, second)
    if first_kind == BOOL:
        raise Fault("invalid type for comparison")
    _count(budget, first, first_kind)
    return bool(first < second)


def le(budget: Budget, first: GoValue, second: GoValue) -> bool:
    """Say whether a value is not more than another. Raises Fault."""
    return lt(budget, first, second) or _is_equal(budget, first, second)


def gt(budget: Budget, first: GoValue, second: GoValue) -> bool:
    """Say whether a value is more than another. Raises Fault."""
    return not le(budget, first, second)


def ge(budget: Budget, first: GoValue, second: GoValue) -> bool:
    """Say whether a value is not less than another. Raises Fault."""
    return not lt(budget, first, second)


def _basic_kind(value: GoValue) -> str:
    return NO_KIND if value is None else _BASIC.get(kind_of(value), NO_KIND)


def _incompatible(first: GoValue, second: GoValue) -> Fault:
    return Fault(f"incompatible types for comparison: {type_name_of(first)} and {type_name_of(second)}")


def _count(budget: Budget, value: GoValue, kind: str) -> None:
    if kind == STRING:
        budget.step(len(value) >> 10)


def _is_equal(budget: Budget, first: GoValue, second: GoValue) -> bool:
    first_kind, second_kind = _basic_kind(first), _basic_kind(second)
    is_nil = (first is None or first is INVALID, second is None or second is INVALID)
    if first_kind != second_kind:
        if first_kind in _INTEGERS and second_kind in _INTEGERS:
            return bool(first == second)
        if any(is_nil):
            return False
        raise _incompatible(first, second)
    if first_kind != NO_KIND:
        _count(budget, first, first_kind)
        # a number of JSON and a string are of one kind
        return bytes(first) == bytes(second) if first_kind == STRING else bool(first == second)
    if any(is_nil):
        return all(each or kind_of(value) == POINTER for each, value in zip(is_nil, (first, second), strict=True))
    if kind_of(first) == kind_of(second) == POINTER:
        return True
    if kind_of(first) == kind_of(second) == STRUCT and type_name_of(second).startswith("*"):
        return first is second
    if kind_of(first) != kind_of(second):
        if POINTER in (kind_of(first), kind_of(second)) and type_name_of(first) == type_name_of(second):
            return False  # one of them is nil
        raise Fault(f"non-comparable types {type_name_of(first)} and {type_name_of(second)}")
    raise Fault(f"non-comparable type {type_name_of(second)}")
