"""toTOML. As Consul-Template's own package, BurntSushi/toml, writes: values before tables, keys in their order."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.fields import is_int64
from vault.gotemplate.floats import shortest_fixed
from vault.gotemplate.function import Function
from vault.gotemplate.numerals import parse_float
from vault.gotemplate.rarevalues import NILS, AnyMap
from vault.gotemplate.utf8 import SPACES, decode_all
from vault.gotemplate.values import (
    ANY_TYPE,
    BOOL,
    FLOAT,
    INT,
    MAP,
    POINTER,
    SLICE,
    STRING,
    STRUCT,
    UINT,
    ByteSlice,
    Number,
    kind_of,
    type_name_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

_LONGEST = 6  # of what a byte becomes
_INDENT = b"  "
_BARE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_ESCAPES = {code: f"\\u{code:04x}" for code in (*range(0x20), 0x7F)}
_ESCAPES |= {ord(each): "\\" + each for each in '"\\'}
_ESCAPES |= {0x08: "\\b", 0x09: "\\t", 0x0A: "\\n", 0x0C: "\\f", 0x0D: "\\r"}

_VALUE, _TABLE, _TABLES, _NOTHING = "value", "table", "tables", "nothing"


class _Writer:
    """Writes one document into `buffer`."""

    __slots__ = ("_budget", "buffer")

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.buffer = bytearray()

    def top(self, value: GoValue) -> None:
        """Write the document. Raises Fault."""
        if value is None:
            raise Fault("toTOML: nothing to write")
        shape = self._shape(value)
        if shape == _TABLES:
            raise Fault("toml: top-level values must be Go maps or structs")
        if shape == _TABLE:
            self._entries(value, ())
        elif shape == _VALUE:
            self._element(value)

    def _shape(self, value: GoValue) -> str:
        """Say how a value is written. Raises Fault for a list that has nil."""
        self._budget.step()
        kind = kind_of(value)
        if value is None or kind == POINTER or isinstance(value, NILS):
            return _NOTHING
        if kind in (MAP, STRUCT):
            return _TABLE
        if kind != SLICE or type(value) is ByteSlice:
            return _VALUE
        shapes = {self._shape(each) for each in value}
        if _NOTHING in shapes:
            raise Fault("toml: cannot encode array with nil element")
        return _TABLES if shapes == {_TABLE} else _VALUE

    def _write(self, data: bytes) -> None:
        self._budget.make(len(data))
        self.buffer += data

    def _newline(self) -> None:
        if self.buffer:
            self._write(b"\n")

    def _named(self, value: GoValue) -> list[tuple[bytes, GoValue, str]]:
        """Return what a map or struct has: keys, values and their shapes, tables last."""
        if type(value) is AnyMap:
            raise Fault("toml: cannot encode a map with non-string key type")
        entries = (
            list(value.fields.items()) if kind_of(value) == STRUCT else [(key, value[key]) for key in sorted(value)]
        )
        self._budget.step(len(entries))
        shaped = [(key, each, self._shape(each)) for key, each in entries]
        return sorted(shaped, key=lambda entry: entry[2] in (_TABLE, _TABLES))

    def _entries(self, value: GoValue, path: tuple[bytes, ...]) -> None:
        """Write a table's entries; `path` is its name."""
        for key, each, shape in self._named(value):
            inner = (*path, key)
            if shape == _TABLE:
                if len(inner) == 1:
                    self._newline()
                self._header(inner, b"[", b"]")
                self._entries(each, inner)
            elif shape == _TABLES:
                for table in each:
                    self._newline()
                    self._header(inner, b"[[", b"]]")
                    self._entries(table, inner)
            elif shape == _VALUE:
                self._write(_INDENT * len(path))
                self._key(key)
                self._write(b" = ")
                self._element(each)
                self._write(b"\n")

    def _header(self, path: tuple[bytes, ...], left: bytes, right: bytes) -> None:
        self._write(_INDENT * (len(path) - 1) + left)
        for position, each in enumerate(path):
            if position:
                self._write(b".")
            self._key(each)
        self._write(right + b"\n")

    def _key(self, key: bytes) -> None:
        if key and _BARE.issuperset(key):
            self._write(key)
        else:
            self._quoted(key)

    def _quoted(self, text: bytes) -> None:
        self._budget.step(len(text) >> 6)
        self._budget.make(_LONGEST * len(text))
        escaped = decode_all(text).translate(_ESCAPES)
        self._write(b'"' + escaped.encode("utf-8", "surrogateescape") + b'"')

    def _element(self, value: GoValue) -> None:
        """Write a value on one line."""
        kind = kind_of(value)
        if kind == STRING:
            if type(value) is Number:
                self._number(value)
            else:
                self._quoted(value)
        elif kind == BOOL:
            self._write(b"true" if value else b"false")
        elif kind in (INT, UINT):
            self._write(b"%d" % value)
        elif kind == FLOAT:
            self._float(value)
        elif kind == SLICE:
            self._write(b"[")
            for position, each in enumerate(value):
                self._write(b", " if position else b"")
                self._element(each)
            self._write(b"]")
        elif kind in (MAP, STRUCT):
            self._inline(value)
        else:
            raise Fault(f"toml: unsupported type: {type_name_of(value)}")

    def _inline(self, value: GoValue) -> None:
        """Write a table in braces. A comma stays where the last entry is nil, as there."""
        self._write(b"{")
        named = self._named(value)
        for position, (key, each, shape) in enumerate(named):
            if shape == _NOTHING:
                continue
            self._key(key)
            self._write(b" = ")
            self._element(each)
            if position < len(named) - 1:
                self._write(b", ")
        self._write(b"}")

    def _number(self, number: Number) -> None:
        if not number or is_int64(number):
            self._write(b"%d" % int(number or 0))
            return
        value = parse_float(number.decode(errors="replace"))
        if value is None:
            raise Fault("toml: a number that is too large")
        self._float(value)

    def _float(self, value: float) -> None:
        if value != value:  # noqa: PLR0124 - NaN
            self._write(b"nan")
        elif abs(value) == float("inf"):
            self._write(b"inf" if value > 0 else b"-inf")
        else:
            text = shortest_fixed(value)
            self._write((text if "." in text else text + ".0").encode())


def _to_toml(budget: Budget, value: GoValue) -> bytes:
    writer = _Writer(budget)
    writer.top(value)
    text = decode_all(bytes(writer.buffer))
    return text.strip(SPACES).encode("utf-8", "surrogateescape")


FUNCTIONS = {"toTOML": Function(_to_toml, ANY_TYPE)}
