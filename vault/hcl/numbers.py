"""Numbers, as Go reads them: whole ones of 64 bits (with 0x hexadecimal, with 0 octal), and others."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.hcl.text import Text

_DIGITS = frozenset("0123456789")
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
_MOST = 2**63
_MOST_CHARACTERS = 400


def scan_number(text: Text, at: int) -> tuple[int | float, int]:
    """Scan a number at `at`. Returns it, and the place behind it. Raises HclError."""
    characters = text.characters
    begin = at + (characters[at] == "-")
    if characters[begin] == "0" and characters[begin + 1] in "xX":
        end = _behind(characters, begin + 2, _HEXADECIMAL)
        return _whole(text, at, end, 16), end
    end = _behind(characters, begin, _DIGITS)
    is_whole = True
    if characters[end] == ".":
        is_whole, end = False, _behind(characters, end + 1, _DIGITS)
    if characters[end] in "eE":
        if characters[begin] == ".":
            raise text.error("a number with an exponent begins with a digit", at)  # as HCL 1 has it
        is_whole, end = False, _behind(characters, end + 1 + (characters[end + 1] in "+-"), _DIGITS)
    if is_whole:
        is_octal = characters[begin] == "0" and end - begin > 1
        return _whole(text, at, end, 8 if is_octal else 10), end
    try:
        number = float(characters[at:end]) if end - at <= _MOST_CHARACTERS else float("inf")
    except ValueError:
        raise text.error("this is no number", at) from None
    if abs(number) == float("inf"):
        raise text.error("the number is too large", at)
    return number, end


def _behind(characters: str, at: int, allowed: frozenset[str]) -> int:
    while characters[at] in allowed:
        at += 1
    return at


def _whole(text: Text, at: int, end: int, base: int) -> int:
    try:
        number = int(text.characters[at:end], base) if end - at <= _MOST_CHARACTERS else _MOST
    except ValueError:
        raise text.error("this is no number", at) from None
    if not -_MOST <= number < _MOST:
        raise text.error("the number has more than 64 bits", at)
    return number
