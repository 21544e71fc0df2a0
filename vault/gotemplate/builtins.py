"""The functions that every template has."""

from __future__ import annotations

from vault.gotemplate import comparison
from vault.gotemplate.errors import Fault
from vault.gotemplate.formats import printf
from vault.gotemplate.function import VALUE_TYPE, Function
from vault.gotemplate.indexing import cut, index, length
from vault.gotemplate.printer import Printer
from vault.gotemplate.values import ANY_TYPE, INVALID, STRING_TYPE, is_true, type_name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue


def _call(_budget: Budget, function: GoValue, *_arguments: GoValue) -> GoValue:
    """Refuse to call what is no function: data has none."""
    if function is None or function is INVALID:
        raise Fault("call of nil")
    raise Fault(f"non-function of type {type_name_of(function)}")


def _html(budget: Budget, *values: GoValue) -> bytes:
    from vault.gotemplate.escaping import html  # noqa: PLC0415 - rare, and its tables cost a Pod half a millisecond

    return html(budget, *values)


def _js(budget: Budget, *values: GoValue) -> bytes:
    from vault.gotemplate.escaping import js  # noqa: PLC0415 - the same

    return js(budget, *values)


def _urlquery(budget: Budget, *values: GoValue) -> bytes:
    from vault.gotemplate.escaping import urlquery  # noqa: PLC0415 - the same

    return urlquery(budget, *values)


def _last(*values: GoValue) -> GoValue:
    """Stand in for `and` and `or`, which the evaluator knows."""
    return values[-1]


def _not(_budget: Budget, value: GoValue) -> bool:
    return not is_true(value)


def _print(budget: Budget, *values: GoValue) -> bytes:
    buffer = bytearray()
    Printer(buffer, budget.make).print(values)
    return bytes(buffer)


def _println(budget: Budget, *values: GoValue) -> bytes:
    buffer = bytearray()
    Printer(buffer, budget.make).println(values)
    return bytes(buffer)


def _printf(budget: Budget, text: bytes, *values: GoValue) -> bytes:
    budget.step(len(text) >> 4)
    buffer = bytearray()
    printf(buffer, budget.make, text, values)
    return bytes(buffer)


BUILTINS = {
    "and": Function(_last, VALUE_TYPE, variadic=VALUE_TYPE, short_circuit=False),
    "or": Function(_last, VALUE_TYPE, variadic=VALUE_TYPE, short_circuit=True),
    "call": Function(_call, VALUE_TYPE, variadic=VALUE_TYPE),
    "html": Function(_html, variadic=ANY_TYPE),
    "index": Function(index, VALUE_TYPE, variadic=VALUE_TYPE),
    "js": Function(_js, variadic=ANY_TYPE),
    "len": Function(length, VALUE_TYPE),
    "not": Function(_not, VALUE_TYPE),
    "print": Function(_print, variadic=ANY_TYPE),
    "printf": Function(_printf, STRING_TYPE, variadic=ANY_TYPE),
    "println": Function(_println, variadic=ANY_TYPE),
    "slice": Function(cut, VALUE_TYPE, variadic=VALUE_TYPE),
    "urlquery": Function(_urlquery, variadic=ANY_TYPE),
    "eq": Function(comparison.eq, VALUE_TYPE, variadic=VALUE_TYPE),
    "ne": Function(comparison.ne, VALUE_TYPE, VALUE_TYPE),
    "lt": Function(comparison.lt, VALUE_TYPE, VALUE_TYPE),
    "le": Function(comparison.le, VALUE_TYPE, VALUE_TYPE),
    "gt": Function(comparison.gt, VALUE_TYPE, VALUE_TYPE),
    "ge": Function(comparison.ge, VALUE_TYPE, VALUE_TYPE),
}
