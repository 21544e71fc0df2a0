"""The letters of a pattern: runes that no part of it can tell from each other are one letter.

A text becomes a letter for each of its bytes: that of the rune at its first byte, CONTINUATION at its others. So what
runs over it needs neither UTF-8 nor sets of runes, and its positions are Go's, in bytes.
"""

from __future__ import annotations

from vault.gotemplate.regexp.ranges import NEWLINE, WORD
from vault.gotemplate.utf8 import MAX_RUNE, RUNE_ERROR, RUNE_SELF, decode_all, escaped_byte

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault.gotemplate.limits import Budget
    from vault.gotemplate.regexp.ranges import Ranges

CONTINUATION = 0

# kinds of runes beside a place, which decide what an assertion says of it
OTHER = 0
WORD_RUNE = 1
NEW_LINE = 2
NO_RUNE = 3  # the beginning or the end of the text

_LETTERS_OF_A_BYTE = 256
_ENTRY_BYTES = 150
_TEXT_BYTES = 4  # a character in Python's str
_LIST_BYTES = 40


class Alphabet:
    """The letters of a program's sets of runes.

    `accepted` has for each set the letters in it; `kinds` the kind of each letter, OTHER for all if no assertion asks.
    `end` is a letter, too: the end of the text.
    """

    __slots__ = ("_ascii", "_budget", "_translation", "accepted", "end", "kinds")

    def __init__(self, sets: Sequence[Ranges], budget: Budget, *, with_kinds: bool) -> None:
        """Find the letters; what that takes is counted."""
        self._budget = budget
        every = [*sets, WORD, NEWLINE] if with_kinds else list(sets)
        begins, letters, membership = self._divide(every)
        self.end = len(membership) + 1
        self.kinds = [OTHER] * (self.end + 1)
        members = self._members(every, membership)
        self.accepted = members[: len(sets)]
        if with_kinds:
            for kind, kind_letters in ((WORD_RUNE, members[-2]), (NEW_LINE, members[-1]), (NO_RUNE, {self.end})):
                for letter in kind_letters:
                    self.kinds[letter] = kind
        self._translation = _Translation(begins, letters, budget)
        self._ascii = [self._translation.letter(rune) for rune in range(RUNE_SELF)]

    def _divide(self, sets: Sequence[Ranges]) -> tuple[list[int], list[int], dict[int, int]]:
        """Cut all runes where a set begins or ends.

        Returns where each piece begins, its letter, and the letter for each membership, which has a bit for a set.
        """
        borders: dict[int, int] = {0: 0}
        for position, ranges in enumerate(sets):
            self._budget.step(len(ranges))
            self._budget.make(2 * len(ranges) * (_ENTRY_BYTES + len(sets) // 8))
            for first, last in ranges:
                for border in (first, last + 1):
                    borders[border] = borders.get(border, 0) ^ (1 << position)
        begins = sorted(borders)
        letters: list[int] = []
        membership: dict[int, int] = {}
        inside = 0
        for begin in begins:
            inside ^= borders[begin]
            letters.append(membership.setdefault(inside, len(membership) + 1))
        return begins, letters, membership

    def _members(self, sets: Sequence[Ranges], membership: dict[int, int]) -> list[frozenset[int]]:
        members: list[list[int]] = [[] for _ in sets]
        for inside, letter in membership.items():
            rest = inside
            while rest:
                self._budget.step()
                self._budget.make(_LIST_BYTES)
                lowest = rest & -rest
                members[lowest.bit_length() - 1].append(letter)
                rest ^= lowest
        return [frozenset(each) for each in members]

    def kind_before(self, text: bytes, at: int) -> int:
        """Return the kind of the rune before a place."""
        byte = text[at - 1] if at else MAX_RUNE
        if byte < RUNE_SELF:
            return self.kinds[self._ascii[byte]]
        return OTHER if at else self.kinds[self.end]

    def letters_of(self, text: bytes) -> Sequence[int]:
        """Return a letter for each byte, and one for the end."""
        self._budget.make(len(text))
        is_small = self.end < _LETTERS_OF_A_BYTE
        if text.isascii() and is_small:
            return text.translate(bytes(self._ascii).ljust(_LETTERS_OF_A_BYTE)) + bytes([self.end])
        self._budget.make(_TEXT_BYTES * len(text))
        letters = decode_all(text).translate(self._translation) + chr(self.end)
        if is_small:
            return letters.encode("latin-1")
        self._budget.make(_LIST_BYTES * len(text))
        return [ord(each) for each in letters]


class _Translation(dict[int, str]):
    """The letters of characters of `decode_all`, for str.translate; each is found when it is first met."""

    __slots__ = ("_begins", "_budget", "_letters")

    def __init__(self, begins: list[int], letters: list[int], budget: Budget) -> None:
        super().__init__()
        self._begins = begins
        self._letters = letters
        self._budget = budget

    def letter(self, rune: int) -> int:
        """Return a rune's letter."""
        low, high = 0, len(self._begins)
        while high - low > 1:
            middle = (low + high) // 2
            if self._begins[middle] <= rune:
                low = middle
            else:
                high = middle
        return self._letters[low]

    def __missing__(self, code: int) -> str:
        self._budget.step()
        self._budget.make(_ENTRY_BYTES)
        if escaped_byte(chr(code)):
            letters = chr(self.letter(RUNE_ERROR))
        else:
            letters = chr(self.letter(code)) + chr(CONTINUATION) * (len(chr(code).encode()) - 1)
        self[code] = letters
        return letters
