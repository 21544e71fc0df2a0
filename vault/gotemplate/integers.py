"""Integers as fmt prints them: bases, signs, precision, width; and code points."""

from __future__ import annotations

from vault.gotemplate.quoting import quote_rune
from vault.gotemplate.utf8 import MAX_RUNE, RUNE_ERROR, encode_rune

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.flags import Flags

_FORMATS = {2: "b", 8: "o", 10: "d", 16: "x"}
_VERB_BASES = {"d": 10, "v": 10, "b": 2, "o": 8, "O": 8, "x": 16, "X": 16}
UINT64 = (1 << 64) - 1
_LEAST_UNICODE_DIGITS = 4
VERBS = frozenset("vdboOxXcqU")


def integer(value: int, verb: str, flags: Flags) -> None:
    """Print an integer by one of VERBS."""
    if verb == "c":
        flags.pad(encode_rune(_rune(value)))
    elif verb == "q":
        flags.pad(quote_rune(_rune(value), ascii_only=flags.plus))
    elif verb == "U":
        _unicode(value & UINT64, flags)
    else:
        digits(value, _VERB_BASES[verb], verb, flags)


def _rune(value: int) -> int:
    return value if 0 <= value <= MAX_RUNE else RUNE_ERROR


def digits(value: int, base: int, verb: str, flags: Flags) -> None:
    """Print an integer in a base; with the verb "X" in capitals, with "O" after 0o."""
    least = 0
    if flags.precision is not None:
        least = flags.precision
        if least == 0 and value == 0:
            flags.spaces(flags.width)
            return
    elif flags.zero and not flags.minus and flags.has_width:
        least = flags.width - (1 if value < 0 or flags.plus or flags.space else 0)
    flags.reserve(least)
    text = format(abs(value), _FORMATS[base]).rjust(least, "0")
    if flags.sharp:
        text = _with_prefix(text, base)
    if verb == "O":
        text = "0o" + text
    if verb == "X":
        text = text.upper()
    flags.pad((_sign(value, flags) + text).encode(), with_zeros=False)


def _with_prefix(text: str, base: int) -> str:
    if base == 8:  # noqa: PLR2004 - octal
        return text if text.startswith("0") else "0" + text
    return {2: "0b", 16: "0x"}.get(base, "") + text


def _sign(value: int, flags: Flags) -> str:
    if value < 0:
        return "-"
    if flags.plus:
        return "+"
    return " " if flags.space else ""


def _unicode(value: int, flags: Flags) -> None:
    """Print U+0078, and with the flag # also 'x'."""
    least = max(flags.precision or 0, _LEAST_UNICODE_DIGITS)
    flags.reserve(least)
    text = "U+" + format(value, "X").rjust(least, "0")
    if flags.sharp and value <= MAX_RUNE and chr(value).isprintable():
        text += f" '{chr(value)}'"
    flags.pad(text.encode(), with_zeros=False)
