"""Types that few functions give: lists and maps that are nil, maps with keys of any type, and what prints itself."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.values import LIST_TYPE, MAP, MAP_TYPE, OPAQUE, SLICE, Slice, kind_of, type_name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vault.gotemplate.values import GoValue

    _AnyDict = dict[Any, Any]
else:
    _AnyDict = dict

ADDRESS = "the address of a value is not to be had here"
_TEXT_VERBS = "vsxXq"


class NilSlice(Slice):
    """A slice that is nil: JSON says null, anything else has no elements."""

    __slots__ = ()

    def __init__(self, type_name: str = LIST_TYPE) -> None:
        """Take the type."""
        super().__init__((), (), type_name)


class NilMap(_AnyDict):
    """A map[string]interface {} that is nil: JSON says null, and nothing can be put into it."""

    __slots__ = ()
    kind = MAP
    type_name = MAP_TYPE


class AnyMap(_AnyDict):
    """A map[interface {}]interface {}; its keys are strings and ints."""

    __slots__ = ()
    kind = MAP
    type_name = "map[interface {}]interface {}"


class Stringer:
    """What has a text of its own, by which it is printed; `type_name` is that of its class."""

    __slots__ = ()
    kind = OPAQUE
    type_name: str

    def text(self) -> bytes:
        """Return what Go's method String gives."""
        raise NotImplementedError

    def json(self) -> bytes:
        """Return what JSON has between quotes."""
        return self.text()

    def parts(self) -> tuple[GoValue, ...]:
        """Return what is equal in equal values."""
        raise NotImplementedError


NILS = (NilSlice, NilMap)


def shown(value: GoValue, verb: str, *, is_go: bool) -> bytes:
    """Return the text of an opaque value; `is_go`: for the flag # of %v. Raises Fault if it shows an address."""
    if not isinstance(value, Stringer) or verb not in _TEXT_VERBS or is_go:
        raise Fault(ADDRESS)
    return value.text()


def sorted_keys(value: dict[Any, Any]) -> list[Any]:
    """Return a map's keys in Go's order. Strings come before ints: by their types' addresses in Consul-Template."""
    return sorted(value, key=_order) if type(value) is AnyMap else sorted(value)


def _order(key: bytes | int) -> tuple[bool, bytes | int]:
    return type(key) is int, key


def any_key(value: GoValue) -> bytes | int | None:
    """Return a value as the key of an AnyMap, None if none is that. Raises Fault."""
    if type(value) in (bytes, int):
        return value  # type: ignore[no-any-return]
    if value is not None and kind_of(value) in (MAP, SLICE):
        raise Fault(f"hash of unhashable type {type_name_of(value)}")
    return None
