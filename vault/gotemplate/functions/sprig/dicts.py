"""sprig's functions on maps. set, unset and the merges change the map that they are given, and return it.

By choice keys and values come in the order of the keys, where there it is another each time. mustDeepCopy and deepCopy
copy no scratch and no channel.
"""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.functions.maps import merged
from vault.gotemplate.functions.printed import string_of
from vault.gotemplate.functions.sprig.reflection import kind_name
from vault.gotemplate.rarevalues import NILS, AnyMap, NilMap, Stringer
from vault.gotemplate.values import (
    ANY_TYPE,
    MAP,
    MAP_TYPE,
    OPAQUE,
    SLICE,
    STRING_TYPE,
    STRINGS_TYPE,
    ByteSlice,
    Slice,
    StringMap,
    kind_of,
    type_name_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

    Map = dict[bytes, GoValue]

_ENTRY = 100  # bytes that a map's entry takes
_POINTER = 8
_LEAST_DUG = 3


def _get(_budget: Budget, entries: Map, key: bytes) -> GoValue:
    return entries.get(key, b"")


def _set(budget: Budget, entries: Map, key: bytes, value: GoValue) -> Map:
    if type(entries) is NilMap:
        raise Fault("assignment to entry in nil map")
    budget.make(_ENTRY + len(key))
    entries[key] = value
    return entries


def _unset(_budget: Budget, entries: Map, key: bytes) -> Map:
    entries.pop(key, None)
    return entries


def _has_key(_budget: Budget, entries: Map, key: bytes) -> bool:
    return key in entries


def _pluck(budget: Budget, key: bytes, *maps: Map) -> list[GoValue]:
    budget.make(_POINTER * len(maps))
    return [each[key] for each in maps if key in each]


def _keys(budget: Budget, *maps: Map) -> Slice:
    count = sum(map(len, maps))
    budget.step(count)
    budget.make(_POINTER * count)
    return Slice([key for each in maps for key in sorted(each)], type_name=STRINGS_TYPE)


def _values(budget: Budget, entries: Map) -> list[GoValue]:
    budget.step(len(entries))
    budget.make(_POINTER * len(entries))
    return [entries[key] for key in sorted(entries)]


def _pick(budget: Budget, entries: Map, *keys: bytes) -> Map:
    budget.make(_ENTRY * len(keys))
    return {key: entries[key] for key in keys if key in entries}


def _omit(budget: Budget, entries: Map, *keys: bytes) -> Map:
    budget.step((len(entries) >> 2) + len(keys))
    budget.make(_ENTRY * (len(entries) + len(keys)))
    left_out = set(keys)
    return {key: each for key, each in entries.items() if key not in left_out}


def _dict(budget: Budget, *values: GoValue) -> Map:
    """Make a map of keys and values in turn; a key without a value gets an empty string."""
    budget.make(_ENTRY * len(values))
    made: Map = {}
    for position in range(0, len(values), 2):
        key = string_of(budget, values[position])
        made[key] = values[position + 1] if position + 1 < len(values) else b""
    return made


def _merges(*, overrides: bool) -> Function:
    def call(budget: Budget, into: Map, *sources: Map) -> Map:
        for each in sources:
            into = merged(budget, into, each, overrides=overrides)
        return into

    return Function(call, MAP_TYPE, variadic=MAP_TYPE)


def copied(budget: Budget, value: GoValue) -> GoValue:
    """Return a value that shares nothing with another. Raises Fault."""
    budget.step()
    if value is None or isinstance(value, (ByteSlice, Stringer, *NILS)):
        return value
    kind = kind_of(value)
    if kind == MAP:
        budget.make(_ENTRY * len(value))
        made = {key: copied(budget, each) for key, each in value.items()}
        return StringMap(made) if type(value) is StringMap else AnyMap(made) if type(value) is AnyMap else made
    if kind == SLICE:
        budget.make(_POINTER * len(value))
        return Slice([copied(budget, each) for each in value], type_name=type_name_of(value))
    if kind == OPAQUE:
        raise Fault(f"a copy of a {type_name_of(value)} is not supported here")
    return value


def _dig(budget: Budget, *values: GoValue) -> GoValue:
    """Return what is under a key under a key, or the last but one; the last is the map."""
    if len(values) < _LEAST_DUG:
        raise Fault("dig needs at least three arguments")
    *keys, default, entries = values
    budget.step(len(keys))
    if any(type(each) is not bytes for each in keys):
        raise Fault("a key is no string")
    for each in keys:
        if entries is None or type_name_of(entries) != MAP_TYPE:
            raise Fault(f"a key leads to a {kind_name(entries)} that is no map[string]interface {{}}")
        if each not in entries:
            return default
        entries = entries[each]
    return entries


def _copy(budget: Budget, value: GoValue) -> GoValue:
    if value is None:
        raise Fault("call of reflect.Value.Type on zero Value")
    return copied(budget, value)


_MERGE, _MERGE_OVERWRITE = _merges(overrides=False), _merges(overrides=True)
_COPY = Function(_copy, ANY_TYPE)
FUNCTIONS = {
    "sprig_deepCopy": _COPY,
    "sprig_dict": Function(_dict, variadic=ANY_TYPE),
    "sprig_dig": Function(_dig, variadic=ANY_TYPE),
    "sprig_get": Function(_get, MAP_TYPE, STRING_TYPE),
    "sprig_hasKey": Function(_has_key, MAP_TYPE, STRING_TYPE),
    "sprig_keys": Function(_keys, variadic=MAP_TYPE),
    "sprig_merge": _MERGE,
    "sprig_mergeOverwrite": _MERGE_OVERWRITE,
    "sprig_mustDeepCopy": _COPY,
    "sprig_mustMerge": _MERGE,
    "sprig_mustMergeOverwrite": _MERGE_OVERWRITE,
    "sprig_omit": Function(_omit, MAP_TYPE, variadic=STRING_TYPE),
    "sprig_pick": Function(_pick, MAP_TYPE, variadic=STRING_TYPE),
    "sprig_pluck": Function(_pluck, STRING_TYPE, variadic=MAP_TYPE),
    "sprig_set": Function(_set, MAP_TYPE, STRING_TYPE, ANY_TYPE),
    "sprig_unset": Function(_unset, MAP_TYPE, STRING_TYPE),
    "sprig_values": Function(_values, MAP_TYPE),
}
