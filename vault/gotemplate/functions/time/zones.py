"""Offsets and names of zones in a text. As parseTimeZone of time/format.go: what looks like a name is one."""

from __future__ import annotations

from vault.gotemplate.errors import Fault

_DIGITS = frozenset("0123456789")
_CAPITALS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_MOST_HOURS = 23
_MOST_DIGITS = 3  # of hours that are looked at
_MOST = (24, 60, 60)  # as some people write offsets
_LEAST_NAME, _LONG_NAME, _LONGEST_NAME = 3, 4, 5


def parsed_offset(text: str, name: str) -> int:
    """Return the seconds of an offset that is written as a layout's part. Raises Fault."""
    numbers = [0, 0, 0]
    count = 0
    at = 1
    while at < len(text):
        if name[at] == ":":
            if text[at] != ":":
                raise Fault("a time that does not fit its layout")
            at += 1
            continue
        if not _DIGITS.issuperset(text[at : at + 2]):
            raise Fault("a time that does not fit its layout")
        numbers[count] = int(text[at : at + 2])
        count += 1
        at += 2
    if any(number > most for number, most in zip(numbers, _MOST, strict=True)):
        raise Fault("a time that is out of range")
    if text[0] not in "+-":
        raise Fault("a time that does not fit its layout")
    seconds = (numbers[0] * 60 + numbers[1]) * 60 + numbers[2]
    return -seconds if text[0] == "-" else seconds


def zone_name_end(text: str, at: int) -> int:
    """Return where the name of a zone ends. Raises Fault if there is none."""
    if len(text) - at >= _LEAST_NAME:
        if text[at : at + 4] in ("ChST", "MeST"):
            return at + 4
        if text.startswith("GMT", at):
            return _signed_end(text, at + 3)
        if text[at] in "+-":
            end = _signed_end(text, at)
            if end > at:
                return end
            raise Fault("a time that does not fit its layout")
        end = at
        while end < at + _LONGEST_NAME + 1 and text[end : end + 1] in _CAPITALS:
            end += 1
        length = end - at
        if length == _LEAST_NAME or text[at:end] == "WITA":
            return end
        if length in (_LONG_NAME, _LONGEST_NAME) and text[end - 1] == "T":
            return end
    raise Fault("a time that does not fit its layout")


def _signed_end(text: str, at: int) -> int:
    """Return where a sign and hours end, `at` if they are not there."""
    if text[at : at + 1] not in ("+", "-"):
        return at
    end = at + 1
    while text[end : end + 1] in _DIGITS:
        end += 1
    figures = text[at + 1 : end].lstrip("0")
    if end == at + 1 or len(figures) > _MOST_DIGITS or int(figures or 0) > _MOST_HOURS:
        return at
    return end
