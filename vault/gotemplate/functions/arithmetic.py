"""add, subtract and their like, of integers and floats.

The second argument is the left operand, so that it can be piped: `5 | subtract 3` is 2. Integers become int64, or
uint64 if neither has a sign; what is too large for them wraps around.
"""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.values import ANY_TYPE, FLOAT, INT, UINT, kind_of, sized, type_name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

_INT64 = "int64"
_UINT64 = "uint64"


def _kind(value: GoValue, name: str) -> str:
    kind = kind_of(value)
    if kind not in (INT, UINT, FLOAT):
        raise Fault(f"{name}: unknown type {type_name_of(value)}")
    return kind


def _widened(value: GoValue, kind: str) -> GoValue:
    """Return the value in the widest type of its kind."""
    return value if kind == FLOAT else sized(int(value), _INT64 if kind == INT else _UINT64)


def _operands(second: GoValue, first: GoValue, name: str) -> tuple[GoValue, GoValue, str]:
    """Return both in one type, and that; "" for float64. Raises Fault."""
    kinds = _kind(first, name), _kind(second, name)
    if FLOAT in kinds:
        return float(first), float(second), ""
    type_name = _UINT64 if kinds == (UINT, UINT) else _INT64
    return int(sized(int(first), type_name)), int(sized(int(second), type_name)), type_name


def _calculation(
    name: str, of_integers: Callable[[int, int], int], of_floats: Callable[[float, float], float]
) -> Function:
    def call(_budget: Budget, second: GoValue, first: GoValue) -> GoValue:
        left, right, type_name = _operands(second, first, name)
        return sized(of_integers(left, right), type_name) if type_name else of_floats(left, right)

    return Function(call, ANY_TYPE, ANY_TYPE)


def _choice(name: str, is_first: Callable[[GoValue, GoValue], bool]) -> Function:
    def call(_budget: Budget, second: GoValue, first: GoValue) -> GoValue:
        left, right, _type_name = _operands(second, first, name)
        chosen = first if is_first(left, right) else second
        return _widened(chosen, kind_of(chosen))

    return Function(call, ANY_TYPE, ANY_TYPE)


def quotient(left: int, right: int) -> int:
    """Divide towards zero. Raises Fault."""
    if not right:
        raise Fault("integer divide by zero")
    found = abs(left) // abs(right)
    return found if (left < 0) == (right < 0) else -found


def remainder(left: int, right: int) -> int:
    """Return what `quotient` leaves, which has the sign of what is divided. Raises Fault."""
    return left - right * quotient(left, right)


def float_quotient(left: float, right: float) -> float:
    """Divide as processors do: by zero too."""
    if right:
        return left / right
    if not left or left != left:  # noqa: PLR0124 - NaN
        return float("nan")
    is_negative = str(left).startswith("-") != str(right).startswith("-")
    return float("-inf") if is_negative else float("inf")


def _no_remainder(_left: float, _right: float) -> float:
    raise Fault("modulo: unknown type float64")


FUNCTIONS = {
    "add": _calculation("add", int.__add__, float.__add__),
    "subtract": _calculation("subtract", int.__sub__, float.__sub__),
    "multiply": _calculation("multiply", int.__mul__, float.__mul__),
    "divide": _calculation("divide", quotient, float_quotient),
    "modulo": _calculation("modulo", remainder, _no_remainder),
    "minimum": _choice("minimum", lambda left, right: bool(left < right)),
    "maximum": _choice("maximum", lambda left, right: bool(left > right)),
}
