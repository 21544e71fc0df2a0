"""sprig's runs of integers: until, untilStep and seq."""

from __future__ import annotations

from vault.gotemplate.function import Function
from vault.gotemplate.values import INT_TYPE, Slice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget

_TYPE = "[]int"
_INT_BYTES = 40
_DIGITS = 20


def _run(budget: Budget, start: int, stop: int, step: int) -> range:
    """Return the integers up to a stop; none if the step leads away from it."""
    leads = step < 0 if stop < start else step > 0
    found = range(start, stop, step) if leads else range(0)
    if not found:
        return found
    count = (abs(stop - start) - 1) // abs(step) + 1
    budget.step(count)
    budget.make(_INT_BYTES * count)
    return found


def _until(budget: Budget, count: int) -> Slice:
    return _until_step(budget, 0, count, -1 if count < 0 else 1)


def _until_step(budget: Budget, start: int, stop: int, step: int) -> Slice:
    return Slice(_run(budget, start, stop, step), type_name=_TYPE)


def _seq(budget: Budget, *bounds: int) -> bytes:
    """Return integers with spaces between them: up to the last, from the first, by the middle one."""
    if len(bounds) not in (1, 2, 3):
        return b""
    start, end = (1 if len(bounds) == 1 else bounds[0]), bounds[-1]
    direction = -1 if end < start else 1
    step = direction
    if len(bounds) == 3:  # noqa: PLR2004 - a start, a step and an end
        step = bounds[1]
        if direction < 0 < step:
            return b""
    found = _run(budget, start, end + direction, step)
    budget.make(_DIGITS * len(found))
    return b" ".join(b"%d" % each for each in found)


FUNCTIONS = {
    "sprig_seq": Function(_seq, variadic=INT_TYPE),
    "sprig_until": Function(_until, INT_TYPE),
    "sprig_untilStep": Function(_until_step, INT_TYPE, INT_TYPE, INT_TYPE),
}
