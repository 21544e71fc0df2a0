"""The order of a mapping's keys, as gopkg.in/yaml.v2: letters after anything else, and numbers in them by value."""

from __future__ import annotations

_SIGN = 1 << 63
_BITS = (1 << 64) - 1


class Key:
    """A key by which a list can be sorted."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        """Take the key's text."""
        self.text = text

    def __lt__(self, other: Key) -> bool:
        return _is_less(self.text, other.text)


def _is_less(first: str, second: str) -> bool:
    for at, (one, other) in enumerate(zip(first, second, strict=False)):
        if one == other:
            continue
        letters = one.isalpha(), other.isalpha()
        if all(letters):
            return one < other
        if any(letters):
            return letters[1]
        return _is_less_there(first, second, at)
    return len(first) < len(second)


def _is_less_there(first: str, second: str, at: int) -> bool:
    """Compare where both have no letter: by the numbers that begin there."""
    start = int("0" in (first[at], second[at]) and _follows_number(first, at))
    value, end = _number(first, at, start)
    other_value, other_end = _number(second, at, start)
    if value != other_value:
        return value < other_value
    if end != other_end:
        return end < other_end
    return first[at] < second[at]


def _follows_number(text: str, at: int) -> bool:
    """Say whether the digits before a place have one that is not zero."""
    while at > 0 and text[at - 1].isdecimal():
        at -= 1
        if text[at] != "0":
            return True
    return False


def _number(text: str, at: int, value: int) -> tuple[int, int]:
    """Return the number that begins at a place, wrapped to 64 bits, and where it ends."""
    while at < len(text) and text[at].isdecimal():
        value = (value * 10 + ord(text[at]) - ord("0")) & _BITS
        at += 1
    return value - (_BITS + 1) if value & _SIGN else value, at
