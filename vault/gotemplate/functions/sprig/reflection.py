"""sprig's functions on types and kinds, and equality as Go's reflect.DeepEqual has it."""

from __future__ import annotations

from vault.gotemplate.function import Function
from vault.gotemplate.rarevalues import NILS, Stringer
from vault.gotemplate.values import (
    ANY_TYPE,
    FLOAT,
    FLOAT_TYPE,
    INT,
    MAP,
    OPAQUE,
    POINTER,
    SLICE,
    STRING,
    STRING_TYPE,
    STRUCT,
    UINT,
    kind_of,
    type_name_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

_NAMED = (OPAQUE, STRUCT)


def kind_name(value: GoValue) -> str:
    """Return the kind by reflect's name; "invalid" of nil."""
    if value is None:
        return "invalid"
    kind = kind_of(value)
    if kind in (INT, UINT):
        return type_name_of(value)
    if kind == FLOAT:
        return FLOAT_TYPE
    if kind in _NAMED:
        name = type_name_of(value)
        return "ptr" if name.startswith("*") else "chan" if "chan" in name else "struct"
    return kind


def deep_equal(budget: Budget, first: GoValue, second: GoValue) -> bool:
    """Say whether two values have one type, and in them everything is equal."""
    budget.step()
    if first is None or second is None:
        return first is second
    kind = kind_of(first)
    if type_name_of(first) != type_name_of(second):
        return False
    if kind in (MAP, SLICE):
        return first is second or _equal_contents(budget, first, second, kind)
    if kind == STRUCT:
        return first is second or _equal_maps(budget, first.fields, second.fields)
    if isinstance(first, Stringer):
        return bool(first.parts() == second.parts())
    if kind == OPAQUE:
        return first is second
    if kind == STRING:
        budget.step(len(first) >> 10)
    return kind == POINTER or bool(first == second)


def _equal_contents(budget: Budget, first: GoValue, second: GoValue, kind: str) -> bool:
    if len(first) != len(second) or isinstance(first, NILS) != isinstance(second, NILS):
        return False
    if kind == MAP:
        return _equal_maps(budget, first, second)
    return all(deep_equal(budget, one, other) for one, other in zip(first, second, strict=True))


def _equal_maps(budget: Budget, first: dict[bytes, GoValue], second: dict[bytes, GoValue]) -> bool:
    return all(key in second and deep_equal(budget, each, second[key]) for key, each in first.items())


def _type_name(value: GoValue) -> str:
    return "<nil>" if value is None else type_name_of(value)


def _type_of(_budget: Budget, value: GoValue) -> bytes:
    return _type_name(value).encode()


def _type_is(_budget: Budget, wanted: bytes, value: GoValue) -> bool:
    return wanted == _type_name(value).encode()


def _type_is_like(_budget: Budget, wanted: bytes, value: GoValue) -> bool:
    """Say whether a value has a type, or is a pointer to one that has."""
    name = _type_name(value).encode()
    return name in (wanted, b"*" + wanted)


def _kind_of(_budget: Budget, value: GoValue) -> bytes:
    return kind_name(value).encode()


def _kind_is(_budget: Budget, wanted: bytes, value: GoValue) -> bool:
    return wanted == kind_name(value).encode()


FUNCTIONS = {
    "sprig_deepEqual": Function(deep_equal, ANY_TYPE, ANY_TYPE),
    "sprig_kindIs": Function(_kind_is, STRING_TYPE, ANY_TYPE),
    "sprig_kindOf": Function(_kind_of, ANY_TYPE),
    "sprig_typeIs": Function(_type_is, STRING_TYPE, ANY_TYPE),
    "sprig_typeIsLike": Function(_type_is_like, STRING_TYPE, ANY_TYPE),
    "sprig_typeOf": Function(_type_of, ANY_TYPE),
}
