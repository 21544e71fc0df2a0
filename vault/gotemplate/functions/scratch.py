"""scratch: a place where a template keeps values while it is executed."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.values import ANY_TYPE, OPAQUE, STRING_TYPE, Slice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

_ENTRY = 100  # bytes that a key takes, beside its own
_POINTER = 8


def _key(_budget: Budget, scratch: Scratch, key: bytes) -> bool:
    return key in scratch.values


def _get(_budget: Budget, scratch: Scratch, key: bytes) -> GoValue:
    return scratch.values.get(key)


def _set(budget: Budget, scratch: Scratch, key: bytes, value: GoValue) -> bytes:
    budget.make(_ENTRY + len(key))
    scratch.values[key] = value
    return b""


def _set_x(budget: Budget, scratch: Scratch, key: bytes, value: GoValue) -> bytes:
    """Set what is not there yet."""
    budget.make(_ENTRY + len(key))
    scratch.values.setdefault(key, value)
    return b""


def _map(budget: Budget, scratch: Scratch, key: bytes, inner: bytes) -> dict[bytes, GoValue]:
    """Return the map of a key, a new one if there is nothing."""
    budget.make(3 * _ENTRY + len(key) + len(inner))
    found: GoValue = scratch.values.setdefault(key, {})
    if type(found) is not dict:
        raise Fault("what is under that key is not a map")
    return found


def _map_set(budget: Budget, scratch: Scratch, key: bytes, inner: bytes, value: GoValue) -> bytes:
    _map(budget, scratch, key, inner)[inner] = value
    return b""


def _map_set_x(budget: Budget, scratch: Scratch, key: bytes, inner: bytes, value: GoValue) -> bytes:
    _map(budget, scratch, key, inner).setdefault(inner, value)
    return b""


def _map_values(budget: Budget, scratch: Scratch, key: bytes) -> Slice:
    """Return a map's values, by their keys; none if there is no map."""
    found = scratch.values.get(key)
    if type(found) is not dict:
        return Slice(())
    budget.step(len(found))
    budget.make(_POINTER * len(found))
    return Slice(found[each] for each in sorted(found))


class Scratch:
    """The values that an execution keeps, by key."""

    __slots__ = ("values",)
    kind = OPAQUE
    type_name = "*template.Scratch"
    methods = {
        b"Key": Function(_key, STRING_TYPE),
        b"Get": Function(_get, STRING_TYPE),
        b"Set": Function(_set, STRING_TYPE, ANY_TYPE),
        b"SetX": Function(_set_x, STRING_TYPE, ANY_TYPE),
        b"MapSet": Function(_map_set, STRING_TYPE, STRING_TYPE, ANY_TYPE),
        b"MapSetX": Function(_map_set_x, STRING_TYPE, STRING_TYPE, ANY_TYPE),
        b"MapValues": Function(_map_values, STRING_TYPE),
    }

    def __init__(self) -> None:
        """Begin with none."""
        self.values: dict[bytes, GoValue] = {}


def _scratch(budget: Budget) -> Scratch:
    """Return the one of this execution."""
    kept: Scratch = budget.kept.setdefault("scratch", Scratch())
    return kept


FUNCTIONS = {"scratch": Function(_scratch)}
