"""sprig's exact sums and products of floats. As shopspring/decimal 1.4: each float is taken by its shortest digits."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.floats import shortest_digits
from vault.gotemplate.function import Function
from vault.gotemplate.functions.sprig.conversion import to_float64
from vault.gotemplate.values import ANY_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

    Decimal = tuple[int, int]  # digits, and a power of ten

_PLACES = 16  # after the point, of a quotient
_INFINITY = float("inf")
_BITS_OF_TEN = 4  # at most


def _decimal(value: float) -> Decimal:
    if value != value or abs(value) == _INFINITY:  # noqa: PLR0124 - NaN
        raise Fault("a decimal of a float that is no number, or infinite")
    figures, point = shortest_digits(value)
    digits = int(figures or "0")
    return (-digits if value < 0 else digits), (point - len(figures) if digits else 0)


def _power(budget: Budget, exponent: int) -> int:
    """Return a power of ten that is counted: its size, and what it takes to multiply and divide by it."""
    bits = _BITS_OF_TEN * exponent
    budget.make(bits // 4)
    budget.step((bits * bits) >> 22)
    return int(10**exponent)


def _added(budget: Budget, first: Decimal, second: Decimal) -> Decimal:
    least = min(first[1], second[1])
    left, right = (digits * _power(budget, exponent - least) for digits, exponent in (first, second))
    return left + right, least


def _subtracted(budget: Budget, first: Decimal, second: Decimal) -> Decimal:
    return _added(budget, first, (-second[0], second[1]))


def _multiplied(budget: Budget, first: Decimal, second: Decimal) -> Decimal:
    budget.make((first[0].bit_length() + second[0].bit_length()) // 4)
    return first[0] * second[0], first[1] + second[1]


def _divided(budget: Budget, first: Decimal, second: Decimal) -> Decimal:
    """Divide, rounded half away from zero."""
    if not second[0]:
        raise Fault("decimal division by 0")
    exponent = first[1] - second[1] + _PLACES
    left = abs(first[0]) * _power(budget, max(exponent, 0))
    right = abs(second[0]) * _power(budget, max(-exponent, 0))
    bits = left.bit_length() + right.bit_length()
    budget.make(bits // 4)
    budget.step(bits >> 12)
    quotient, rest = divmod(left, right)
    if 2 * rest >= right:
        quotient += 1
    return (quotient if (first[0] < 0) == (second[0] < 0) else -quotient), -_PLACES


def _as_float(budget: Budget, value: Decimal) -> float:
    """Return the nearest float."""
    digits, exponent = value
    try:
        if exponent >= 0:
            return float(digits * _power(budget, exponent))
        return digits / _power(budget, -exponent)
    except OverflowError:
        return _INFINITY if digits > 0 else -_INFINITY


def _calculation(calculate: Callable[[Budget, Decimal, Decimal], Decimal], *parameters: str) -> Function:
    """Make a function that goes through its arguments from 0, or, if it has a parameter, from the first."""

    def call(budget: Budget, *values: GoValue) -> float:
        decimals = [_decimal(to_float64(budget, each)) for each in values]
        made = decimals.pop(0) if parameters else (0, 0)
        for each in decimals:
            budget.step()
            made = calculate(budget, made, each)
        return _as_float(budget, made)

    return Function(call, *parameters, variadic=ANY_TYPE)


def _add_one(budget: Budget, value: GoValue) -> float:
    return _as_float(budget, _added(budget, _decimal(to_float64(budget, value)), (1, 0)))


FUNCTIONS = {
    "sprig_add1f": Function(_add_one, ANY_TYPE),
    "sprig_addf": _calculation(_added),
    "sprig_divf": _calculation(_divided, ANY_TYPE),
    "sprig_mulf": _calculation(_multiplied, ANY_TYPE),
    "sprig_subf": _calculation(_subtracted, ANY_TYPE),
}
