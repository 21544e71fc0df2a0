"""sprig's functions on lists of any type; those whose name begins with `must` are the same here.

None changes the list that it is given. What is no list is refused.
"""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.functions.sprig.chunks import chunks
from vault.gotemplate.functions.sprig.conversion import to_int64
from vault.gotemplate.functions.sprig.reflection import deep_equal, kind_name
from vault.gotemplate.indexing import cut
from vault.gotemplate.rarevalues import NilSlice
from vault.gotemplate.values import ANY_TYPE, INT_TYPE, SLICE, Slice, elements, kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

_POINTER = 8
_MOST_INDEXES = 2


def _elements(budget: Budget, value: GoValue, name: str) -> list[GoValue]:
    """Return the elements of a list. Raises Fault if it is none."""
    if value is None or kind_of(value) != SLICE:
        raise Fault(f"cannot {name} on type {kind_name(value)}")
    budget.step(len(value) >> 2)
    budget.make(_POINTER * len(value))
    return list(elements(value))


def _list(budget: Budget, *values: GoValue) -> list[GoValue]:
    budget.make(_POINTER * len(values))
    return list(values)


def _append(budget: Budget, value: GoValue, added: GoValue) -> list[GoValue]:
    budget.make(_POINTER)
    return [*_elements(budget, value, "push"), added]


def _prepend(budget: Budget, value: GoValue, added: GoValue) -> list[GoValue]:
    budget.make(_POINTER)
    return [added, *_elements(budget, value, "prepend")]


def _first(budget: Budget, value: GoValue) -> GoValue:
    found = _elements(budget, value, "find first")
    return found[0] if found else None


def _last(budget: Budget, value: GoValue) -> GoValue:
    found = _elements(budget, value, "find last")
    return found[-1] if found else None


def _rest(budget: Budget, value: GoValue) -> list[GoValue]:
    return _elements(budget, value, "find rest")[1:] if value else _nothing(budget, value, "find rest")


def _initial(budget: Budget, value: GoValue) -> list[GoValue]:
    return _elements(budget, value, "find initial")[:-1] if value else _nothing(budget, value, "find initial")


def _nothing(budget: Budget, value: GoValue, name: str) -> NilSlice:
    """Return what is left of an empty list."""
    _elements(budget, value, name)
    return NilSlice()


def _reverse(budget: Budget, value: GoValue) -> list[GoValue]:
    return _elements(budget, value, "find reverse")[::-1]


def _compact(budget: Budget, value: GoValue) -> list[GoValue]:
    return [each for each in _elements(budget, value, "compact") if each]


def _is_in(budget: Budget, found: Sequence[GoValue], wanted: GoValue) -> bool:
    return any(deep_equal(budget, wanted, each) for each in found)


def _uniq(budget: Budget, value: GoValue) -> list[GoValue]:
    made: list[GoValue] = []
    for each in _elements(budget, value, "find uniq"):
        if not _is_in(budget, made, each):
            made.append(each)
    return made


def _without(budget: Budget, value: GoValue, *left_out: GoValue) -> list[GoValue]:
    return [each for each in _elements(budget, value, "find without") if not _is_in(budget, left_out, each)]


def _has(budget: Budget, wanted: GoValue, value: GoValue) -> bool:
    return value is not None and _is_in(budget, _elements(budget, value, "find has"), wanted)


def _slice(budget: Budget, value: GoValue, *indexes: GoValue) -> GoValue:
    """Return a part, which has the list's own type."""
    if not _elements(budget, value, "slice"):
        return None
    return cut(budget, value, *(int(to_int64(budget, each)) for each in indexes[:_MOST_INDEXES]))


def _concat(budget: Budget, *values: GoValue) -> list[GoValue]:
    made = [each for value in values for each in _elements(budget, value, "concat")]
    return made or NilSlice()


def _chunk(budget: Budget, size: int, value: GoValue) -> Slice:
    return chunks(budget, size, _elements(budget, value, "chunk"))


_APPEND = Function(_append, ANY_TYPE, ANY_TYPE)
_LIST = Function(_list, variadic=ANY_TYPE)
_WITH_MUST = {
    "Append": _APPEND,
    "Chunk": Function(_chunk, INT_TYPE, ANY_TYPE),
    "Compact": Function(_compact, ANY_TYPE),
    "First": Function(_first, ANY_TYPE),
    "Has": Function(_has, ANY_TYPE, ANY_TYPE),
    "Initial": Function(_initial, ANY_TYPE),
    "Last": Function(_last, ANY_TYPE),
    "Prepend": Function(_prepend, ANY_TYPE, ANY_TYPE),
    "Push": _APPEND,
    "Rest": Function(_rest, ANY_TYPE),
    "Reverse": Function(_reverse, ANY_TYPE),
    "Slice": Function(_slice, ANY_TYPE, variadic=ANY_TYPE),
    "Uniq": Function(_uniq, ANY_TYPE),
    "Without": Function(_without, ANY_TYPE, variadic=ANY_TYPE),
}
FUNCTIONS = {
    "sprig_concat": Function(_concat, variadic=ANY_TYPE),
    "sprig_list": _LIST,
    "sprig_tuple": _LIST,
    **{f"sprig_{name.lower()}": function for name, function in _WITH_MUST.items()},
    **{f"sprig_must{name}": function for name, function in _WITH_MUST.items()},
}
