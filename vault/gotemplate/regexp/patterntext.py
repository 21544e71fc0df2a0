"""The text of a pattern and the place in it: runes are taken from it, and errors name pieces of it."""

from __future__ import annotations

from vault.gotemplate.regexp.errors import INVALID_UTF8, PatternError
from vault.gotemplate.utf8 import RUNE_ERROR, decode_rune


class PatternText:
    """A pattern, of which what is before `at` has been taken."""

    __slots__ = ("at", "pattern")

    def __init__(self, pattern: bytes) -> None:
        """Begin at the beginning."""
        self.pattern = pattern
        self.at = 0

    def is_at_end(self) -> bool:
        """Say whether all has been taken."""
        return self.at >= len(self.pattern)

    def peek(self, offset: int = 0) -> bytes:
        """Return the byte that is so far ahead, b"" beyond the end."""
        return self.pattern[self.at + offset : self.at + offset + 1]

    def starts_with(self, expected: bytes) -> bool:
        """Say whether the rest begins so."""
        return self.pattern.startswith(expected, self.at)

    def take(self, expected: bytes) -> bool:
        """Take these bytes, if they are next."""
        if not self.starts_with(expected):
            return False
        self.at += len(expected)
        return True

    def rune(self) -> int:
        """Take a rune; RUNE_ERROR at the end. Raises PatternError for a byte that is no UTF-8."""
        rune, width = decode_rune(self.pattern, self.at)
        if rune == RUNE_ERROR and width == 1:
            raise PatternError(INVALID_UTF8, self.pattern[self.at :])
        self.at += width
        return rune

    def check_utf8(self, end: int) -> None:
        """Refuse what is no UTF-8 from here to `end`, without taking it."""
        inside = PatternText(self.pattern[self.at : end])
        while not inside.is_at_end():
            inside.rune()

    def since(self, begin: int) -> bytes:
        """Return what has been taken since `begin`."""
        return self.pattern[begin : self.at]

    def rest(self, begin: int) -> bytes:
        """Return all from `begin` on."""
        return self.pattern[begin:]
