"""Go's strings are bytes that are mostly UTF-8: runes out of them and into them, as package unicode/utf8.

A byte that is no UTF-8 is a rune of its own, U+FFFD; Python's "replace" would make one of several. What is a letter, a
digit or printable Python says. In Python 3.12 that is what Go 1.26 says, for every code point: both have Unicode 15.0.
Other Pythons differ in what their Unicode has more or less of (3.11: 14.0, 3.13: 15.1).
"""

from __future__ import annotations

RUNE_ERROR = 0xFFFD
MAX_RUNE = 0x10FFFF
RUNE_SELF = 0x80
# what unicode.IsSpace says; Python's strip() takes four control characters more
SPACES = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_ESCAPED = 0xDC00  # what "surrogateescape" adds to a byte that is no UTF-8


def decode_rune(data: bytes, at: int) -> tuple[int, int]:
    """Return the rune that begins at `at` and its width; (RUNE_ERROR, 1) if none does, (RUNE_ERROR, 0) at the end."""
    if at >= len(data):
        return RUNE_ERROR, 0
    first = data[at]
    if first < RUNE_SELF:
        return first, 1
    width = 2 if 0xC0 <= first < 0xE0 else 3 if 0xE0 <= first < 0xF0 else 4  # noqa: PLR2004 - UTF-8's lead bytes
    try:
        return ord(data[at : at + width].decode()), width
    except (UnicodeDecodeError, TypeError):
        return RUNE_ERROR, 1


def encode_rune(rune: int) -> bytes:
    """Return the UTF-8 of a rune; U+FFFD's for what is none."""
    if not is_valid(rune):
        rune = RUNE_ERROR
    return chr(rune).encode()


def is_valid(rune: int) -> bool:
    """Say whether a number is a code point that UTF-8 can have, so no surrogate."""
    return 0 <= rune < 0xD800 or 0xDFFF < rune <= MAX_RUNE  # noqa: PLR2004 - the surrogates


def decode_all(data: bytes) -> str:
    """Return a character for each rune; `escaped_byte` tells those that are no UTF-8."""
    return data.decode("utf-8", "surrogateescape")


def escaped_byte(character: str) -> int:
    """Return the byte that a character of `decode_all` stands for, 0 if it is a rune."""
    code = ord(character)
    return code - _ESCAPED if 0xDC80 <= code <= 0xDCFF else 0  # noqa: PLR2004 - surrogateescape's range


def rune_count(data: bytes) -> int:
    """Count runes."""
    return len(data) if data.isascii() else len(decode_all(data))


def cut_runes(data: bytes, count: int) -> bytes:
    """Return the first `count` runes."""
    if len(data) <= count:
        return data
    if data.isascii():
        return data[:count]
    return decode_all(data)[:count].encode("utf-8", "surrogateescape")


def replace_invalid(data: bytes) -> bytes:
    """Return the bytes with U+FFFD in the place of each that is no UTF-8."""
    if data.isascii():
        return data
    decoded = decode_all(data)
    return "".join(chr(RUNE_ERROR) if escaped_byte(each) else each for each in decoded).encode()


def is_letter_or_digit(rune: int) -> bool:
    """Say whether a rune may be part of a name: a letter, a decimal digit or an underscore."""
    character = chr(rune)
    return character.isalpha() or character.isdecimal() or character == "_"
