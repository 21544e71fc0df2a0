"""in, contains and their like: whether a list or a string has something in it.

Integers with sign, floats and strings are compared; anything else is in no list.
"""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.values import ANY_TYPE, FLOAT, INT, LIST_TYPE, SLICE, STRING, ByteSlice, kind_of, type_name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

_NUMBERS = (INT, FLOAT)


def _is_string(value: GoValue, wanted: GoValue) -> bool:
    """Say whether a string has the type of what is looked for. Raises Fault, as Go panics, if that is nil."""
    if wanted is None:
        raise Fault("call of reflect.Value.Type on zero Value")
    return type_name_of(value) == type_name_of(wanted)


def _is_in(budget: Budget, container: GoValue, wanted: GoValue) -> bool:
    kind = kind_of(container)
    if kind == STRING:
        budget.step(len(container) >> 8)
        return _is_string(container, wanted) and bytes(wanted) in container
    if kind != SLICE or type(container) is ByteSlice:
        return False
    for each in container:
        budget.step()
        each_kind = kind_of(each)
        if each_kind == STRING:
            if _is_string(each, wanted):
                budget.step(len(each) >> 10)
                if each == wanted:
                    return True
        elif each_kind in _NUMBERS and kind_of(wanted) == each_kind and each == wanted:
            return True
    return False


def _contains(budget: Budget, wanted: GoValue, container: GoValue) -> bool:
    return _is_in(budget, container, wanted)


def _search(*, at_end: bool, stops_at: bool) -> Function:
    """Make a function that is `at_end`, unless one of the values is in the container, or is not, as `stops_at` says."""

    def call(budget: Budget, wanted: Sequence[GoValue], container: GoValue) -> bool:
        for each in wanted:
            budget.step()
            if _is_in(budget, container, each) == stops_at:
                return not at_end
        return at_end

    return Function(call, LIST_TYPE, ANY_TYPE)


FUNCTIONS = {
    "contains": Function(_contains, ANY_TYPE, ANY_TYPE),
    "containsAll": _search(at_end=True, stops_at=False),
    "containsAny": _search(at_end=False, stops_at=True),
    "containsNone": _search(at_end=True, stops_at=True),
    "containsNotAll": _search(at_end=False, stops_at=False),
    "in": Function(_is_in, ANY_TYPE, ANY_TYPE),
}
