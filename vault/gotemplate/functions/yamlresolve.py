"""What a plain scalar of YAML 1.1 would be read as, and so whether a string needs quotes. As gopkg.in/yaml.v2."""

from __future__ import annotations

from vault.gotemplate.numerals import MAX_INT64, MAX_UINT64, MIN_INT64, parse_float, parse_integer

_WORDS = frozenset(
    each
    for word in ("y", "yes", "true", "on", "n", "no", "false", "off", "null", ".inf", "+.inf", "-.inf")
    for each in (word, word.title(), word.upper())
) | {"~", ".nan", ".NaN", ".NAN"}
_DIGITS = frozenset("0123456789")
_SIXTY_TENS = frozenset("012345")
_TWO = 2
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY = 2
_YEAR_DIGITS = 4
_ZONE_LENGTH = 6  # +01:00


def needs_quotes(text: str) -> bool:
    """Say whether a scalar would be read as something else than a string."""
    if not text or text in _WORDS:
        return True
    if text[0] == ".":
        return parse_float(text) is not None
    if text[0] not in _DIGITS and text[0] not in "+-":
        return False
    return is_timestamp(text) or _is_number(text.replace("_", "")) or _is_base_60(text)


def _is_number(text: str) -> bool:
    integer = parse_integer(text)
    if integer is not None:
        if MIN_INT64 <= integer <= MAX_INT64:
            return True
        if text[0] not in "+-" and integer <= MAX_UINT64:
            return True
    if looks_like_float(text) and parse_float(text) is not None:
        return True
    if text[:3] in ("0b+", "0b-"):  # taken by Go's ParseInt after the prefix
        signed = parse_integer(text[2] + "0b" + text[3:])
        return signed is not None and MIN_INT64 <= signed <= MAX_INT64
    return False


def looks_like_float(text: str) -> bool:
    """Match digits with a point and an exponent."""
    body = text[1:] if text[:1] in ("+", "-") else text
    mantissa, mark, exponent = body.replace("E", "e").partition("e")
    if mark:
        power = exponent[1:] if exponent[:1] in ("+", "-") else exponent
        if not power or not _DIGITS.issuperset(power):
            return False
    whole, _point, fraction = mantissa.partition(".")
    return bool(whole or fraction) and _DIGITS.issuperset(whole) and _DIGITS.issuperset(fraction)


def _is_base_60(text: str) -> bool:
    """Match 1:20:30.5, a float in base 60."""
    body = text[1:] if text[:1] in ("+", "-") else text
    first, *others = body.split(":")
    if not others or first[:1] not in _DIGITS or not _DIGITS.issuperset(first.replace("_", "")):
        return False
    last, _point, fraction = others[-1].partition(".")
    if not _DIGITS.issuperset(fraction.replace("_", "")):
        return False
    return all(_is_sixtieth(each) for each in (*others[:-1], last))


def _is_sixtieth(text: str) -> bool:
    if len(text) == _TWO and text[0] not in _SIXTY_TENS:
        return False
    return 1 <= len(text) <= _TWO and _DIGITS.issuperset(text)


def is_timestamp(text: str) -> bool:
    """Match a date, and a date with a time, as Go's time.Parse does by the four layouts of that package."""
    year, rest = text[:_YEAR_DIGITS], text[_YEAR_DIGITS:]
    if len(year) != _YEAR_DIGITS or not _DIGITS.issuperset(year) or rest[:1] != "-":
        return False
    month, rest = _number(rest[1:])
    if not 1 <= month <= len(_DAYS) or rest[:1] != "-":
        return False
    day, rest = _number(rest[1:])
    is_leap = int(year) % 4 == 0 and (int(year) % 100 != 0 or int(year) % 400 == 0)
    if not 1 <= day <= _DAYS[month - 1] - (month == _FEBRUARY and not is_leap):
        return False
    if not rest:
        return True
    if rest[0] in "Tt":
        return _is_zone(_after_time(rest[1:]))
    return rest[0] == " " and _after_time(rest.lstrip(" ")) == ""


def _number(text: str) -> tuple[int, str]:
    """Take one or two digits, and return what is after them; -1 if there are none."""
    if text[:1] not in _DIGITS:
        return -1, ""
    count = _TWO if text[1:2] in _DIGITS else 1
    return int(text[:count]), text[count:]


def _after_time(text: str) -> str | None:
    """Return what is after 15:04:05.9; None if that is not there."""
    for most, mark in ((23, ":"), (59, ":"), (59, "")):
        value, text = _number(text)
        if not 0 <= value <= most or not text.startswith(mark):
            return None
        text = text[len(mark) :]
    if text[:1] in (".", ",") and text[1:2] in _DIGITS:
        text = text[1:].lstrip("0123456789")
    return text


def _is_zone(text: str | None) -> bool:
    if text is None or text == "Z":
        return text == "Z"
    if len(text) != _ZONE_LENGTH or text[0] not in "+-" or text[3] != ":":
        return False
    hours, minutes = text[1:3], text[4:]
    return _DIGITS.issuperset(hours + minutes) and int(hours) <= 24 and int(minutes) <= 60  # noqa: PLR2004 - as Go
