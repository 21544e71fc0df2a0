"""Strings and runes as Go literals, and back: strconv's Quote and Unquote."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.utf8 import (
    RUNE_ERROR,
    RUNE_SELF,
    decode_all,
    decode_rune,
    encode_rune,
    escaped_byte,
    is_valid,
    replace_invalid,
)

LONGEST_ESCAPE = 10  # \U0001f512, of a rune; \xff is 4, of a byte

_NAMED = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
_ESCAPES = {each[1]: ord(rune) for rune, each in _NAMED.items()}
_DIGITS_AFTER = {"x": 2, "u": 4, "U": 8}
_HEX_DIGITS = frozenset(b"0123456789abcdefABCDEF")
_OCTAL_DIGITS = frozenset(b"01234567")
_BYTE_ORDER_MARK = "\ufeff"


def quote(text: bytes, *, ascii_only: bool = False) -> bytes:
    """Return a double-quoted literal, with escapes for what is not printable (or not ASCII)."""
    decoded = decode_all(text)
    if decoded.isprintable() and '"' not in decoded and "\\" not in decoded and (not ascii_only or text.isascii()):
        return b'"' + text + b'"'
    return f'"{decoded.translate(_Escapes(ascii_only=ascii_only))}"'.encode()


class _Escapes:
    """What stands for a code point between double quotes, as str.translate asks for it.

    Nothing is kept of it: a list of escapes would be a hundred times the string.
    """

    __slots__ = ("_ascii_only",)

    def __init__(self, *, ascii_only: bool) -> None:
        self._ascii_only = ascii_only

    def __getitem__(self, code: int) -> str:
        return _escaped(chr(code), '"', ascii_only=self._ascii_only)


def quote_rune(rune: int, *, ascii_only: bool = False) -> bytes:
    """Return a single-quoted literal of one rune; U+FFFD's for what is none."""
    if not is_valid(rune):
        rune = RUNE_ERROR
    return f"'{_escaped(chr(rune), chr(39), ascii_only=ascii_only)}'".encode()


def _escaped(character: str, mark: str, *, ascii_only: bool) -> str:
    if character in (mark, "\\"):
        return "\\" + character
    byte = escaped_byte(character)
    if byte:
        return f"\\x{byte:02x}"
    if character.isprintable() and (not ascii_only or character.isascii()):
        return character
    code = ord(character)
    if character in _NAMED:
        return _NAMED[character]
    if code < ord(" ") or code == 0x7F:  # noqa: PLR2004 - DEL
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - four digits


def shown_rune(rune: int) -> str:
    """Name a rune as the verb %#U does."""
    character = chr(rune)
    return f"U+{rune:04X} '{character}'" if character.isprintable() else f"U+{rune:04X}"


def can_backquote(text: bytes) -> bool:
    """Say whether a string can stand unchanged between backquotes, on one line."""
    for each in decode_all(text):
        if each in ("`", "\x7f", _BYTE_ORDER_MARK) or (each < " " and each != "\t") or escaped_byte(each):
            return False
    return True


def unquote(literal: bytes) -> bytes:
    """Return the string of a literal in double quotes or backquotes. Raises Fault if it is none."""
    if literal[:1] == b"`":
        return literal[1:-1].replace(b"\r", b"")
    body = literal[1:-1]
    if b"\\" not in body:
        return replace_invalid(body)
    parts = []
    at = 0
    while at < len(body):
        escape = body.find(b"\\", at)
        if escape < 0:
            escape = len(body)
        parts.append(replace_invalid(body[at:escape]))
        at = escape
        if at < len(body):
            value, is_rune, at = unquote_rune(body, at, b'"')
            parts.append(encode_rune(value) if is_rune else bytes((value,)))
    return b"".join(parts)


def unquote_rune(text: bytes, at: int, mark: bytes) -> tuple[int, bool, int]:
    """Read one character of a literal in `mark`s: its value, whether it is a rune (else a byte), and where it ends.

    Raises Fault if there is none.
    """
    if at >= len(text) or text[at : at + 1] == mark:
        raise Fault("invalid syntax")
    if text[at] >= RUNE_SELF:
        rune, width = decode_rune(text, at)
        return rune, True, at + width
    if text[at : at + 1] != b"\\":
        return text[at], False, at + 1
    escape = text[at + 1 : at + 2].decode("latin-1")
    at += 2
    if escape in _ESCAPES:
        return _ESCAPES[escape], False, at
    if escape and escape in "\\'\"" and (escape == "\\" or escape.encode() == mark):
        return ord(escape), False, at
    if escape in _DIGITS_AFTER:
        return _hexadecimal(text, at, escape)
    digits = text[at - 1 : at + 2]
    if len(digits) == 3 and _OCTAL_DIGITS.issuperset(digits) and int(digits, 8) <= 0xFF:  # noqa: PLR2004 - \377
        return int(digits, 8), False, at + 2
    raise Fault("invalid syntax")


def _hexadecimal(text: bytes, at: int, escape: str) -> tuple[int, bool, int]:
    digits = text[at : at + _DIGITS_AFTER[escape]]
    if len(digits) < _DIGITS_AFTER[escape] or not _HEX_DIGITS.issuperset(digits):
        raise Fault("invalid syntax")
    value = int(digits, 16)
    if escape != "x" and not is_valid(value):
        raise Fault("invalid syntax")
    return value, escape != "x", at + len(digits)
