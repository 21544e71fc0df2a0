"""Values as fmt prints them: print, println and printf. As fmt/print.go.

An address is refused: `%p` of a map or a slice, and a struct's field that is a pointer; and so is what is OPAQUE.
"""

from __future__ import annotations

from vault.gotemplate import floats, integers
from vault.gotemplate.errors import Fault
from vault.gotemplate.flags import Flags
from vault.gotemplate.quoting import LONGEST_ESCAPE, can_backquote, quote
from vault.gotemplate.rarevalues import ADDRESS, NILS, shown, sorted_keys
from vault.gotemplate.utf8 import encode_rune
from vault.gotemplate.values import (
    BYTES_TYPE,
    INVALID,
    MAP,
    OPAQUE,
    POINTER,
    SLICE,
    STRING,
    STRUCT,
    UINT,
    ByteSlice,
    NilPointer,
    Struct,
    elements,
    kind_of,
    type_name_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vault.gotemplate.values import GoValue

NIL = b"<nil>"
NO_VALUE = b"<no value>"
_STRING_VERBS = "vsxXq"
_ADDRESSES = (MAP, SLICE, STRUCT)
_NO_ERRORS = (*_ADDRESSES, POINTER)


def printable(value: GoValue) -> GoValue:
    """Return what a template prints in the place of a value that is the result of a pipeline."""
    if value is None or value is INVALID:
        return NO_VALUE
    if isinstance(value, Struct):
        return Struct(value.type_name.lstrip("*"), value.fields)
    return value


class Printer:
    """Prints values into `buffer`. `charge` is told each size before it is taken, and raises if it is too much."""

    __slots__ = ("buffer", "flags")

    def __init__(self, buffer: bytearray, charge: Callable[[int], None]) -> None:
        """Take where to print."""
        self.buffer = buffer
        self.flags = Flags(buffer, charge)

    def print(self, values: Sequence[GoValue]) -> None:
        """Print with a space between two values of which neither is a string."""
        after_string = True
        for value in values:
            is_string = value is not None and kind_of(value) == STRING
            if not is_string and not after_string:
                self.flags.write(b" ")
            self.value(value, "v")
            after_string = is_string

    def println(self, values: Sequence[GoValue]) -> None:
        """Print with spaces between all values, and a newline."""
        for position, value in enumerate(values):
            if position:
                self.flags.write(b" ")
            self.value(value, "v")
        self.flags.write(b"\n")

    def value(self, value: GoValue, verb: str) -> None:
        """Print one argument by a verb."""
        if value is None or value is INVALID:
            if verb in "vT":
                self.flags.pad(NIL)
            else:
                self.bad_verb(None, verb)
        elif verb == "T":
            self.flags.pad(self.flags.cut(type_name_of(value).encode()))
        elif verb == "p" and kind_of(value) in _ADDRESSES:
            raise Fault(ADDRESS)
        elif type(value) is ByteSlice:
            self._byte_slice(value, verb)
        else:
            self._nested(value, verb, is_nested=False)

    def bad_verb(self, value: GoValue, verb: str) -> None:
        """Print %!d(string=x): the verb does not fit the value."""
        write = self.flags.write
        write(b"%!" + encode_rune(ord(verb)) + b"(")
        if value is None:
            write(NIL)
        else:
            write(type_name_of(value).encode() + b"=")
            self.value(value, "v")
        write(b")")

    def _nested(self, value: GoValue, verb: str, *, is_nested: bool = True) -> None:
        """Print a value that is an argument itself, or (`is_nested`) one in a map or slice."""
        kind = kind_of(value)
        if value is None:
            self.flags.write(b"interface {}(nil)" if self.flags.sharp_v else NIL)
        elif verb == "w" and (is_nested or kind in _NO_ERRORS):
            self.bad_verb(value, verb)  # errors alone have it, and only in Errorf
        elif kind == OPAQUE:
            self._string(shown(value, verb, is_go=self.flags.sharp_v), verb)
        elif self.flags.sharp_v and isinstance(value, NILS):
            self.flags.write(type_name_of(value).encode() + b"(nil)")
        elif kind == MAP:
            self._map(value, verb)
        elif kind == STRUCT:
            self._struct(value, verb, is_nested=is_nested)
        elif kind == POINTER:
            self._nil_pointer(value, verb)
        elif kind == SLICE:
            if verb in "sqxX" and type_name_of(value) == BYTES_TYPE:
                self._byte_slice(value, verb)
            else:
                self._slice(value, verb)
        else:
            self._simple(value, kind, verb)

    def _simple(self, value: GoValue, kind: str, verb: str) -> None:
        flags = self.flags
        if kind == STRING:
            if verb in _STRING_VERBS:
                self._string(value, verb)
                return
        elif kind == "bool":
            if verb in "tv":
                flags.pad(b"true" if value else b"false")
                return
        elif kind == "float":
            if verb in floats.VERBS:
                floats.number(value, verb, flags)
                return
        elif verb in integers.VERBS:
            if kind == UINT and flags.sharp_v and verb == "v":
                self._hexadecimal(value)
            else:
                integers.integer(value, verb, flags)
            return
        self.bad_verb(value, verb)

    def _hexadecimal(self, value: int) -> None:
        sharp, self.flags.sharp = self.flags.sharp, True
        integers.digits(value, 16, "v", self.flags)
        self.flags.sharp = sharp

    def _string(self, value: bytes, verb: str) -> None:
        flags = self.flags
        if verb in "xX":
            flags.hexadecimal(value, capitals=verb == "X")
        elif verb == "q" or flags.sharp_v:
            text = flags.cut(bytes(value))
            if flags.sharp and can_backquote(text):
                flags.pad(b"`" + text + b"`")
            else:
                flags.reserve(LONGEST_ESCAPE * len(text))
                flags.pad(quote(text, ascii_only=flags.plus))
        else:
            flags.pad(flags.cut(value))

    def _map(self, value: dict[bytes, GoValue], verb: str) -> None:
        flags = self.flags
        flags.write(type_name_of(value).encode() + b"{" if flags.sharp_v else b"map[")
        flags.reserve(len(value))
        for position, key in enumerate(sorted_keys(value)):
            if position:
                flags.write(b", " if flags.sharp_v else b" ")
            self._nested(key, verb)
            flags.write(b":")
            self._nested(value[key], verb)
        flags.write(b"}" if flags.sharp_v else b"]")

    def _struct(self, value: Struct, verb: str, *, is_nested: bool) -> None:
        flags = self.flags
        name = value.type_name
        if name.startswith("*"):
            if is_nested:
                raise Fault(ADDRESS)
            flags.write(b"&")
        flags.write((name.lstrip("*").encode() if flags.sharp_v else b"") + b"{")
        for position, (field, each) in enumerate(value.fields.items()):
            if position:
                flags.write(b", " if flags.sharp_v else b" ")
            if flags.plus_v or flags.sharp_v:
                flags.write(field + b":")
            self._nested(each, verb)
        flags.write(b"}")

    def _nil_pointer(self, value: NilPointer, verb: str) -> None:
        flags = self.flags
        if verb == "v" and flags.sharp_v:
            flags.write(f"({value.type_name})(nil)".encode())
        elif verb == "v":
            flags.pad(NIL)
        elif verb == "p":
            sharp, flags.sharp = flags.sharp, not flags.sharp
            integers.digits(0, 16, "v", flags)
            flags.sharp = sharp
        elif verb in "bodxX":
            integers.integer(0, verb, flags)
        else:
            self.bad_verb(value, verb)

    def _slice(self, value: GoValue, verb: str) -> None:
        flags = self.flags
        flags.write(type_name_of(value).encode() + b"{" if flags.sharp_v else b"[")
        for position, each in enumerate(elements(value)):
            if position:
                flags.write(b", " if flags.sharp_v else b" ")
            self._nested(each, verb)
        flags.write(b"}" if flags.sharp_v else b"]")

    def _byte_slice(self, value: bytes, verb: str) -> None:
        """Print a []byte: as a string by the verbs of one, else as a list of numbers."""
        flags = self.flags
        if verb == "s":
            flags.pad(flags.cut(bytes(value)))
        elif verb in "xXq":
            self._string(value, verb)
        elif verb in "vd" and flags.sharp_v:
            flags.write(b"[]byte{")
            for position, each in enumerate(value):
                flags.write(b", " if position else b"")
                self._hexadecimal(each)
            flags.write(b"}")
        elif verb in "vd":
            flags.write(b"[")
            for position, each in enumerate(value):
                flags.write(b" " if position else b"")
                integers.integer(each, verb, flags)
            flags.write(b"]")
        else:
            self._slice(ByteSlice(value), verb)
