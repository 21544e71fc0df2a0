"""What a pattern is compiled to: instructions for a machine of threads. As regexp/syntax/prog.go."""

from __future__ import annotations

from vault.gotemplate.regexp.nodes import BEGIN_TEXT
from vault.gotemplate.utf8 import RUNE_ERROR, encode_rune, is_valid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault.gotemplate.regexp.ranges import Ranges

# operations
RUNES = 0  # takes a rune of the set `other`
SPLIT = 1  # goes on at `out`, and with less preference at `other`
SAVE = 2  # saves the place as `other` of a match's places
ASSERT = 3  # goes on if the place is of the kind `other`
MATCH = 4


class Instruction:
    """One operation; the next is at `out`."""

    __slots__ = ("operation", "other", "out")

    def __init__(self, operation: int, out: int, other: int) -> None:
        """Take what it does."""
        self.operation = operation
        self.out = out
        self.other = other


class Program:
    """The instructions, where they begin, and the sets of runes that they name by number.

    `places` is the number of places that a match has: two for the whole and two for each group. `names` are those of
    the groups. `is_anchored`: a match can only be at the text's beginning. `prefix` is what every match begins with.
    """

    __slots__ = ("has_assertions", "instructions", "is_anchored", "names", "places", "prefix", "sets", "start")

    def __init__(
        self, instructions: Sequence[Instruction], start: int, sets: Sequence[Ranges], names: Sequence[bytes]
    ) -> None:
        """Take what was compiled."""
        self.instructions = instructions
        self.start = start
        self.sets = sets
        self.names = names
        self.places = 2 * len(names)
        self.has_assertions = any(each.operation == ASSERT for each in instructions)
        self.is_anchored = self._begins_at_text()
        self.prefix = self._literal()

    def _begins_at_text(self) -> bool:
        at = self.instructions[self.start]
        while at.operation == SAVE or (at.operation == ASSERT and at.other != BEGIN_TEXT):
            at = self.instructions[at.out]
        return at.operation == ASSERT

    def _literal(self) -> bytes:
        """Return bytes with which every match begins. U+FFFD ends them: it also matches what is no UTF-8."""
        found = bytearray()
        at = self.instructions[self.start]
        while at.operation in (SAVE, RUNES):
            if at.operation == RUNES:
                ranges = self.sets[at.other]
                if len(ranges) != 1 or ranges[0][0] != ranges[0][1]:
                    break
                rune = ranges[0][0]
                if rune == RUNE_ERROR or not is_valid(rune):
                    break
                found += encode_rune(rune)
            at = self.instructions[at.out]
        return bytes(found)
