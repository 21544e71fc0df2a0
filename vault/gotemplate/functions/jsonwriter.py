"""toJSON and its like. As Go's encoding/json writes: keys sorted, and <, > and & escaped unless asked not to."""

from __future__ import annotations

from binascii import b2a_base64

from vault.gotemplate.errors import Fault
from vault.gotemplate.floats import shortest_exponential, shortest_fixed
from vault.gotemplate.function import Function
from vault.gotemplate.rarevalues import NILS, AnyMap, Stringer
from vault.gotemplate.utf8 import decode_all
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
    from collections.abc import Iterable

    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

_LONGEST = 6  # of what a byte becomes
_INDENT = b"  "
_LEAST_FIXED, _LEAST_EXPONENTIAL = 1e-6, 1e21
_ESCAPES = {code: f"\\u{code:04x}" for code in (*range(0x20), 0x2028, 0x2029)}
_ESCAPES |= {ord(each): "\\" + each for each in '"\\'}
_ESCAPES |= {0x08: "\\b", 0x09: "\\t", 0x0A: "\\n", 0x0C: "\\f", 0x0D: "\\r"}
_ESCAPES |= dict.fromkeys(range(0xDC80, 0xDD00), "\\ufffd")  # bytes that are no UTF-8
_ESCAPES_HTML = _ESCAPES | {ord(each): f"\\u{ord(each):04x}" for each in "<>&"}


class _Writer:
    """Writes one value into `buffer`."""

    __slots__ = ("_budget", "_escapes", "_pretty", "buffer")

    def __init__(self, budget: Budget, *, pretty: bool, html: bool) -> None:
        self._budget = budget
        self._escapes = _ESCAPES_HTML if html else _ESCAPES
        self._pretty = pretty
        self.buffer = bytearray()

    def value(self, value: GoValue, depth: int = 0) -> None:
        """Write a value that is so deep in others. Raises Fault."""
        self._budget.step()
        kind = kind_of(value)
        if value is None or kind == POINTER or isinstance(value, NILS):
            self._write(b"null")
        elif isinstance(value, Stringer):
            self._string(value.json())
        elif kind == STRING:
            self._write(_number(value)) if type(value) is Number else self._string(value)
        elif kind == MAP and type(value) is not AnyMap:
            self._budget.step(len(value))
            self._object(((key, value[key]) for key in sorted(value)), depth)
        elif kind == STRUCT:
            self._object(value.fields.items(), depth)
        elif type(value) is ByteSlice:
            self._budget.make(2 * len(value))
            self._write(b'"' + b2a_base64(value, newline=False) + b'"')
        elif kind == SLICE:
            self._array(value, depth)
        elif kind == BOOL:
            self._write(b"true" if value else b"false")
        elif kind in (INT, UINT):
            self._write(b"%d" % value)
        elif kind == FLOAT:
            self._write(_float(value))
        else:
            raise Fault(f"json: unsupported type: {type_name_of(value)}")

    def _write(self, data: bytes) -> None:
        self._budget.make(len(data))
        self.buffer += data

    def _string(self, text: bytes) -> None:
        self._budget.make(_LONGEST * len(text))
        self._budget.step(len(text) >> 6)
        escaped = decode_all(text).translate(self._escapes)
        self._write(b'"' + escaped.encode() + b'"')

    def _line(self, depth: int) -> None:
        if self._pretty:
            self._write(b"\n" + _INDENT * depth)

    def _object(self, entries: Iterable[tuple[bytes, GoValue]], depth: int) -> None:
        self._write(b"{")
        is_empty = True
        for key, each in entries:
            if not is_empty:
                self._write(b",")
            is_empty = False
            self._line(depth + 1)
            self._string(key)
            self._write(b": " if self._pretty else b":")
            self.value(each, depth + 1)
        if not is_empty:
            self._line(depth)
        self._write(b"}")

    def _array(self, elements: Iterable[GoValue], depth: int) -> None:
        self._write(b"[")
        is_empty = True
        for each in elements:
            if not is_empty:
                self._write(b",")
            is_empty = False
            self._line(depth + 1)
            self.value(each, depth + 1)
        if not is_empty:
            self._line(depth)
        self._write(b"]")


def _number(number: Number) -> bytes:
    return bytes(number) or b"0"


def _float(value: float) -> bytes:
    if value != value or abs(value) == float("inf"):  # noqa: PLR0124 - NaN
        raise Fault("json: unsupported value: a float that is no number, or infinite")
    if not value or _LEAST_FIXED <= abs(value) < _LEAST_EXPONENTIAL:
        return shortest_fixed(value).encode()
    text = shortest_exponential(value)
    return (text[:-2] + text[-1] if text[-4:-1] == "e-0" else text).encode()


def _function(*, pretty: bool, html: bool) -> Function:
    def call(budget: Budget, value: GoValue) -> bytes:
        writer = _Writer(budget, pretty=pretty, html=html)
        writer.value(value)
        return bytes(writer.buffer)

    return Function(call, ANY_TYPE)


FUNCTIONS = {
    "toJSON": _function(pretty=False, html=True),
    "toJSONPretty": _function(pretty=True, html=True),
    "toUnescapedJSON": _function(pretty=False, html=False),
    "toUnescapedJSONPretty": _function(pretty=True, html=False),
}
