"""index, slice and len. As text/template/funcs.go.

A list of the data has no capacity beyond its length: what Go's decoder happens to have allocated for it cannot be had
by `slice`. An index of `slice` may come from a map or list, where Go would have it in parentheses: it does not look
into an interface there, as it does everywhere else.
"""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.rarevalues import AnyMap, any_key
from vault.gotemplate.values import (
    INT,
    INVALID,
    MAP,
    SLICE,
    STRING,
    STRING_TYPE,
    UINT,
    ByteSlice,
    Slice,
    StringMap,
    byte,
    kind_of,
    type_name_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

_MOST_INDEXES = 3
_POINTER_BYTES = 8


def length(_budget: Budget, item: GoValue) -> int:
    """Return how many bytes, elements or keys there are. Raises Fault."""
    if item is None or item is INVALID:
        raise Fault("len of nil pointer")
    if kind_of(item) not in (STRING, SLICE, MAP):
        raise Fault(f"len of type {type_name_of(item)}")
    return len(item)


def index(_budget: Budget, item: GoValue, *indexes: GoValue) -> GoValue:
    """Return an element of an element: `index x 1 2` is x[1][2]; nil for a key that is not there. Raises Fault."""
    if item is None or item is INVALID:
        raise Fault("index of untyped nil")
    for each in indexes:
        if item is None:
            raise Fault("index of nil pointer")
        kind = kind_of(item)
        if type(item) is AnyMap:
            item = item.get(any_key(each))
        elif kind == MAP:
            item = item.get(_key(each), b"" if type(item) is StringMap else None)
        elif kind in (SLICE, STRING):
            at = _position(each, len(item) - 1)
            item = byte(item[at]) if kind == STRING or type(item) is ByteSlice else item[at]
        else:
            raise Fault(f"can't index item of type {type_name_of(item)}")
    return item


def _key(value: GoValue) -> bytes:
    if value is None or value is INVALID:
        raise Fault("value is nil; should be of type string")
    if type_name_of(value) != STRING_TYPE:
        raise Fault(f"value has type {type_name_of(value)}; should be string")
    return bytes(value)


def _position(value: GoValue, most: int) -> int:
    if value is None or value is INVALID:
        raise Fault("cannot index slice/array with nil")
    if kind_of(value) not in (INT, UINT):
        raise Fault(f"cannot index slice/array with type {type_name_of(value)}")
    if not 0 <= value <= most:
        raise Fault("index out of range")
    return int(value)


def cut(budget: Budget, item: GoValue, *indexes: GoValue) -> GoValue:
    """Return a part: `slice x 1 2` is x[1:2], and `slice x 1 2 3` is x[1:2:3]. Raises Fault."""
    if item is None or item is INVALID:
        raise Fault("slice of untyped nil")
    if len(indexes) > _MOST_INDEXES:
        raise Fault(f"too many slice indexes: {len(indexes)}")
    kind = kind_of(item)
    if kind == STRING and len(indexes) == _MOST_INDEXES:
        raise Fault("cannot 3-index slice a string")
    if kind not in (STRING, SLICE):
        raise Fault(f"can't slice item of type {type_name_of(item)}")
    capacity = len(item) + (len(item.beyond) if isinstance(item, Slice | ByteSlice) else 0)
    bounds = [0, len(item), capacity]
    for at, each in enumerate(indexes):
        bounds[at] = _position(each, capacity)
    start, end, stop = bounds
    if start > end or end > stop:
        raise Fault("invalid slice index: the first is larger than the second")
    budget.step(capacity >> 6)
    budget.make((stop - start) * (1 if isinstance(item, bytes) else _POINTER_BYTES))
    if kind == STRING:
        return type(item)(item[start:end])
    if isinstance(item, ByteSlice):
        data = item + item.beyond
        return ByteSlice(data[start:end], data[end:stop])
    whole = [*item, *item.beyond] if isinstance(item, Slice) else item
    return Slice(whole[start:end], whole[end:stop], type_name_of(item))
