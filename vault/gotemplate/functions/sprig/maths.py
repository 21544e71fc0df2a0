"""sprig's arithmetic: of int64, which wraps around, and of float64. Its arguments are made numbers by `conversion`."""

from __future__ import annotations

from vault.gotemplate.function import Function
from vault.gotemplate.functions.arithmetic import float_quotient, quotient, remainder
from vault.gotemplate.functions.sprig.conversion import to_float64, to_int64
from vault.gotemplate.values import ANY_TYPE, FLOAT_TYPE, INT_TYPE, Sized, sized

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

_INT64 = "int64"
_WHOLE = float(1 << 52)  # from here on no float64 has a fraction
_ROUND_ON = 0.5
_TEN = (0.625, 4)  # as a fraction from a half up, and a power of two
_HALF = 0.5
_MOST_POWER = 1 << 12
_TOP_POWER = 1023


def _folded(calculate: Callable[[int, int], int], *parameters: str) -> Function:
    """Make a function that goes through its arguments from 0, or, if it has a parameter, from the first."""

    def call(budget: Budget, *values: GoValue) -> Sized:
        numbers = [to_int64(budget, each) for each in values]
        made = numbers.pop(0) if parameters else Sized(0, _INT64)
        for each in numbers:
            budget.step()
            made = sized(calculate(int(made), int(each)), _INT64)
        return made

    return Function(call, *parameters, variadic=ANY_TYPE)


def _binary(calculate: Callable[[int, int], int]) -> Function:
    def call(budget: Budget, first: GoValue, second: GoValue) -> Sized:
        return sized(calculate(int(to_int64(budget, first)), int(to_int64(budget, second))), _INT64)

    return Function(call, ANY_TYPE, ANY_TYPE)


def _add_one(budget: Budget, value: GoValue) -> Sized:
    return sized(int(to_int64(budget, value)) + 1, _INT64)


def _is_negative(value: float) -> bool:
    return str(value).startswith("-")


def _furthest(*, upwards: bool) -> Function:
    """Make math.Max or math.Min: what is no number wins but over the infinity looked for, and -0 is less than 0."""
    best = float("inf") if upwards else float("-inf")

    def further(first: float, second: float) -> float:
        if best in (first, second):
            return best
        if first != first or second != second:  # noqa: PLR0124 - NaN
            return float("nan")
        if first == second == 0:
            return second if _is_negative(first) == upwards else first
        return max(first, second) if upwards else min(first, second)

    def call(budget: Budget, value: GoValue, *others: GoValue) -> float:
        made = to_float64(budget, value)
        for each in others:
            budget.step()
            made = further(made, to_float64(budget, each))
        return made

    return Function(call, ANY_TYPE, variadic=ANY_TYPE)


def _is_whole(value: float) -> bool:
    return not abs(value) < _WHOLE or not value


def _floor(value: float) -> float:
    if _is_whole(value):
        return value
    whole = float(int(value))
    return whole if whole <= value else whole - 1


def _ceil(value: float) -> float:
    return -_floor(-value)


def _power_of_ten(exponent: int) -> float:
    """Return what Go's math.Pow makes of it, which multiplies by squares."""
    made, power = 1.0, 0
    square, square_power = _TEN
    left = abs(exponent)
    while left:
        if abs(square_power) > _MOST_POWER:
            power += square_power
            break
        if left & 1:
            made *= square
            power += square_power
        square *= square
        square_power <<= 1
        if square < _HALF:
            square += square
            square_power -= 1
        left >>= 1
    if exponent < 0:
        made, power = 1 / made, -power
    if power > _TOP_POWER:
        return float("inf")
    return made * 2.0**power if power > -_TOP_POWER else made * 2.0**-_TOP_POWER * 2.0 ** max(power + _TOP_POWER, -200)


def _round(budget: Budget, value: GoValue, places: int, *options: float) -> float:
    """Round to decimal places; up from a fraction of a half on, or of what is given."""
    power = _power_of_ten(places)
    scaled = power * to_float64(budget, value)
    whole = float(int(scaled)) if abs(scaled) < _WHOLE else scaled
    fraction = scaled - whole
    rounded = _ceil(scaled) if fraction >= (options[0] if options else _ROUND_ON) else _floor(scaled)
    return float_quotient(rounded, power)


def _of_float(calculate: Callable[[float], float]) -> Function:
    def call(budget: Budget, value: GoValue) -> float:
        return calculate(to_float64(budget, value))

    return Function(call, ANY_TYPE)


_MAX = _folded(max, ANY_TYPE)
FUNCTIONS = {
    "sprig_add": _folded(int.__add__),
    "sprig_add1": Function(_add_one, ANY_TYPE),
    "sprig_biggest": _MAX,
    "sprig_ceil": _of_float(_ceil),
    "sprig_div": _binary(quotient),
    "sprig_floor": _of_float(_floor),
    "sprig_max": _MAX,
    "sprig_maxf": _furthest(upwards=True),
    "sprig_min": _folded(min, ANY_TYPE),
    "sprig_minf": _furthest(upwards=False),
    "sprig_mod": _binary(remainder),
    "sprig_mul": _folded(int.__mul__, ANY_TYPE),
    "sprig_round": Function(_round, ANY_TYPE, INT_TYPE, variadic=FLOAT_TYPE),
    "sprig_sub": _binary(int.__sub__),
}
