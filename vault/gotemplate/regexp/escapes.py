"""What is after a backslash: a rune, in a class or outside. As parseEscape of regexp/syntax."""

from __future__ import annotations

from vault.gotemplate.regexp.errors import INVALID_ESCAPE, NO_UNICODE_CLASSES, TRAILING_BACKSLASH, PatternError
from vault.gotemplate.regexp.ranges import PERL_GROUPS, complement, with_both_cases
from vault.gotemplate.utf8 import MAX_RUNE, RUNE_SELF

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.regexp.patterntext import PatternText
    from vault.gotemplate.regexp.ranges import Ranges

_CONTROLS = {"a": 0x7, "f": 0xC, "n": 0xA, "r": 0xD, "t": 0x9, "v": 0xB}
_OCTAL = b"01234567"
_MOST_OCTAL_DIGITS = 3
_HEXADECIMAL = "0123456789abcdefABCDEF"


def escaped_rune(text: PatternText) -> int:
    """Take a backslash with what belongs to it, and return the rune that it stands for. Raises PatternError."""
    begin = text.at
    text.take(b"\\")
    if text.is_at_end():
        raise PatternError(TRAILING_BACKSLASH, b"")
    rune = text.rune()
    character = chr(rune)
    if rune < RUNE_SELF and not character.isalnum():
        return rune
    if character in _CONTROLS:
        return _CONTROLS[character]
    value: int | None = None
    if character == "x":
        value = _hexadecimal(text)
    elif rune < RUNE_SELF and rune in _OCTAL and (character == "0" or (text.peek() and text.peek() in _OCTAL)):
        value = _octal(text, int(character))  # a single digit, but 0, would be a backreference
    if value is None:
        raise PatternError(INVALID_ESCAPE, text.since(begin))
    return value


def _octal(text: PatternText, value: int) -> int:
    for _ in range(1, _MOST_OCTAL_DIGITS):
        digit = text.peek()
        if not digit or digit not in _OCTAL:
            break
        value = value * 8 + int(digit)
        text.at += 1
    return value


def _hexadecimal(text: PatternText) -> int | None:
    """Take two digits, or any number of them in braces; None if they are none."""
    if text.is_at_end():
        return None
    digits = chr(text.rune())
    if digits != "{":
        digits += chr(text.rune())
        return int(digits, 16) if all(each in _HEXADECIMAL for each in digits) else None
    value, count = 0, 0
    while not text.is_at_end():
        digit = chr(text.rune())
        if digit == "}":
            return value if count else None
        if digit not in _HEXADECIMAL:
            return None
        value, count = value * 16 + int(digit, 16), count + 1
        if value > MAX_RUNE:
            return None
    return None


def escaped_class(text: PatternText, budget: Budget, *, fold: bool) -> Ranges | None:
    r"""Take \d, \s, \w or one of their capitals, if it is next. Raises PatternError for \p, which is not supported."""
    if text.peek() != b"\\":
        return None
    letter = text.peek(1)
    if letter and letter in b"pP":
        raise PatternError(NO_UNICODE_CLASSES, _unicode_class(text))
    ranges = PERL_GROUPS.get(letter.lower())
    if ranges is None:
        return None
    text.at += 2
    if fold:
        ranges = with_both_cases(ranges, budget)
    return complement(ranges) if letter.isupper() else ranges


def _unicode_class(text: PatternText) -> bytes:
    r"""Return \pL or \p{Greek}, as far as it goes."""
    begin = text.at
    text.at += 2
    end = text.pattern.find(b"}", begin) if text.peek() == b"{" else -1
    if end < 0:
        text.rune()
    else:
        text.at = end + 1
    return text.since(begin)
