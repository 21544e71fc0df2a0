"""What Go's types are here, where Python's do not say it.

    Go                         here                       Go                        here
    string                     bytes                      map[string]interface {}   dict, with bytes as keys
    json.Number                Number                     []interface {}            list, or Slice after `slice`
    int                        int                        []byte                    ByteSlice
    other integers             Sized                      nil in an interface       None
    float64                    float                      no value at all           INVALID
    bool                       bool                       map[string]string         StringMap
                                                          <-chan int64              Channel

Go knows nil in two ways: a map's value or a list's element that is nil is an interface (None), a field of which cannot
be asked for; a pipeline's result that is nil is no value (INVALID), of which every field is no value again.

A class of another kind says what it is by its own `kind` and `type_name`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    GoValue = Any
    _AnyList = list[Any]
    _StringDict = dict[bytes, bytes]
else:
    _AnyList = list
    _StringDict = dict

# kinds, as package reflect has them
BOOL = "bool"
INT = "int"
UINT = "uint"
FLOAT = "float"
STRING = "string"
MAP = "map"
SLICE = "slice"
STRUCT = "struct"
POINTER = "ptr"  # one that is nil: any other is to a Struct
OPAQUE = "opaque"  # what is not to be printed: a channel, and a pointer to a struct that hides its fields
INTERFACE = "interface"  # one that is nil: any other is what is in it
NO_KIND = "invalid"

ANY_TYPE = "interface {}"
STRING_TYPE = "string"
INT_TYPE = "int"
FLOAT_TYPE = "float64"
BOOL_TYPE = "bool"
NUMBER_TYPE = "json.Number"
LIST_TYPE = "[]interface {}"
BYTES_TYPE = "[]uint8"
STRINGS_TYPE = "[]string"
MAP_TYPE = "map[string]interface {}"

BITS = {
    "int8": 8,
    "int16": 16,
    "int32": 32,
    "int64": 64,
    "uint8": 8,
    "uint16": 16,
    "uint32": 32,
    "uint64": 64,
    "uint": 64,
}


class _Invalid:
    """The type of INVALID."""

    __slots__ = ()
    kind = NO_KIND
    type_name = "<nil>"

    def __repr__(self) -> str:
        return "INVALID"


INVALID = _Invalid()


class Number(bytes):
    """A number of JSON, exact, as its text. Its kind is string, so it is no number to `eq` or `%d`."""

    __slots__ = ()
    kind = STRING
    type_name = NUMBER_TYPE


class Sized(int):
    """An integer whose type is not int; `type_name` is a key of BITS, and the value is in its range."""

    type_name: str

    def __new__(cls, value: int, type_name: str) -> Sized:
        """Take a value that the type can hold."""
        made = super().__new__(cls, value)
        made.type_name = type_name
        return made

    @property
    def kind(self) -> str:
        """Say whether it is signed."""
        return UINT if self.type_name.startswith("u") else INT


class ByteSlice(bytes):
    """A []byte; bytes themselves are a string. `beyond` is as in Slice."""

    kind = SLICE
    type_name = BYTES_TYPE
    beyond: bytes

    def __new__(cls, data: bytes, beyond: bytes = b"") -> ByteSlice:
        """Take the bytes, and those that may be had by slicing again."""
        made = super().__new__(cls, data)
        made.beyond = beyond
        return made


class Slice(_AnyList):
    """A slice that `slice` has cut out of another: `beyond` is what follows in that one, up to its capacity."""

    __slots__ = ("beyond", "type_name")
    kind = SLICE

    def __init__(self, items: Iterable[GoValue], beyond: Iterable[GoValue] = (), type_name: str = LIST_TYPE) -> None:
        """Take the elements, and those that may be had by slicing again."""
        super().__init__(items)
        self.beyond = tuple(beyond)
        self.type_name = type_name


class StringMap(_StringDict):
    """A map[string]string: what it does not have is an empty string."""

    __slots__ = ()
    kind = MAP
    type_name = "map[string]string"


class Channel:
    """A channel that gives the integers from `start` up to `stop`, each one once."""

    __slots__ = ("_next", "_stop")
    kind = OPAQUE
    type_name = "<-chan int64"

    def __init__(self, start: int, stop: int) -> None:
        """Take integers of 64 bits."""
        self._next = start
        self._stop = stop

    def __iter__(self) -> Channel:
        return self

    def __next__(self) -> Sized:
        if not self.has_more():
            raise StopIteration
        self._next += 1
        return Sized(self._next - 1, "int64")

    def has_more(self) -> bool:
        """Say whether something is left in it."""
        return self._next < self._stop


class Struct:
    """A struct with its fields in their order, or, if `type_name` begins with a star, a pointer to one."""

    __slots__ = ("fields", "type_name")
    kind = STRUCT

    def __init__(self, type_name: str, fields: dict[bytes, GoValue]) -> None:
        """Take the name with its package, as "*dependency.Secret"."""
        self.type_name = type_name
        self.fields = fields


class NilPointer:
    """A nil that has a type, as "*dependency.SecretAuth"."""

    __slots__ = ("type_name",)
    kind = POINTER

    def __init__(self, type_name: str) -> None:
        """Take the pointer's type."""
        self.type_name = type_name

    def __bool__(self) -> bool:
        return False


_KINDS: dict[type, str] = {
    bool: BOOL,
    int: INT,
    float: FLOAT,
    bytes: STRING,
    dict: MAP,
    list: SLICE,
    type(None): INTERFACE,
}
_TYPE_NAMES: dict[type, str] = {
    bool: BOOL_TYPE,
    int: INT_TYPE,
    float: FLOAT_TYPE,
    bytes: STRING_TYPE,
    dict: MAP_TYPE,
    list: LIST_TYPE,
    type(None): ANY_TYPE,
}


def kind_of(value: GoValue) -> str:
    """Return one of the kinds above, or what the value's class says."""
    return _KINDS.get(type(value)) or str(value.kind)


def type_name_of(value: GoValue) -> str:
    """Return the type as Go writes it."""
    return _TYPE_NAMES.get(type(value)) or str(value.type_name)


def is_true(value: GoValue) -> bool:
    """Say whether `if` takes a value: one that is neither empty nor zero, nil or no value."""
    return bool(value) if value is not INVALID else False


def elements(value: GoValue) -> Iterable[GoValue]:
    """Return the elements of a slice."""
    return (byte(each) for each in value) if type(value) is ByteSlice else value


def sized(value: int, type_name: str) -> Sized:
    """Return an integer of a type of BITS; what is too large for it wraps around, as in Go."""
    bits = BITS[type_name]
    value &= (1 << bits) - 1
    if not type_name.startswith("u") and value >> (bits - 1):
        value -= 1 << bits
    return Sized(value, type_name)


def byte(value: int) -> Sized:
    """Return an element of a []byte or string."""
    return Sized(value, "uint8")
