"""explodeMap, mergeMap and mergeMapWithOverride. The latter as Consul-Template's own package, mergo.

As there, a merge changes the map that it merges into, and explodeMap those in its map.
"""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.rarevalues import NilMap
from vault.gotemplate.values import MAP, MAP_TYPE, StringMap, is_true, kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

_ENTRY = 100  # bytes that a map's entry takes


def _explode_map(budget: Budget, flat: dict[bytes, GoValue]) -> dict[bytes, GoValue]:
    """Make `{"a/b": x}` a map in a map."""
    made: dict[bytes, GoValue] = {}
    budget.step(len(flat))
    for key in sorted(flat):
        count = key.count(b"/")
        budget.step(count)
        budget.make((2 * _ENTRY) * (count + 1) + len(key))
        *parents, last = key.split(b"/")
        target = made
        for each in parents:
            target = target.setdefault(each, {})
            if type(target) is not dict:
                raise Fault("explodeMap: not a map: a key before this one has a value there")
        if last:
            target[last] = flat[key]
    return made


def _merge_map(budget: Budget, into: dict[bytes, GoValue], source: dict[bytes, GoValue]) -> dict[bytes, GoValue]:
    return merged(budget, into, source, overrides=False)


def _merge_map_with_override(
    budget: Budget, into: dict[bytes, GoValue], source: dict[bytes, GoValue]
) -> dict[bytes, GoValue]:
    return merged(budget, into, source, overrides=True)


def merged(
    budget: Budget, into: dict[bytes, GoValue], source: dict[bytes, GoValue], *, overrides: bool
) -> dict[bytes, GoValue]:
    """Merge into a map, and return it. Raises Fault."""
    if type(into) is NilMap and type(source) is not NilMap:
        into = {}
    _merge(budget, into, source, overrides=overrides)
    return into


def _merge(budget: Budget, into: dict[bytes, GoValue], source: dict[bytes, GoValue], *, overrides: bool) -> None:
    """Maps in both are merged; anything else stays, unless it is empty or overridden."""
    budget.step(len(source))
    budget.make(_ENTRY * len(source))
    for key, value in list(source.items()):
        if value is None:
            if overrides:
                into[key] = None
            continue
        there = into.get(key)
        if kind_of(value) == MAP and there is not None and kind_of(there) == MAP:
            if type(there) is StringMap and type(value) is not StringMap:
                raise Fault("a map of strings takes no other values")
            _merge(budget, there, value, overrides=overrides)
            if there:
                continue
        if overrides or not is_true(there):
            into[key] = value


FUNCTIONS = {
    "explodeMap": Function(_explode_map, MAP_TYPE),
    "mergeMap": Function(_merge_map, MAP_TYPE, MAP_TYPE),
    "mergeMapWithOverride": Function(_merge_map_with_override, MAP_TYPE, MAP_TYPE),
}
