"""What is put in the place of a match: $1, $name and ${name} are what groups matched. As Expand of package regexp."""

from __future__ import annotations

from vault.gotemplate.utf8 import decode_rune, is_letter_or_digit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault.gotemplate.limits import Budget

    Part = bytes | int

_MOST_DIGITS = 9  # of a group's number
_PART_BYTES = 100
_NAMES_A_STEP = 32
_BYTES_A_STEP = 8


class Expansion:
    """A replacement that is parsed: text, and groups by number."""

    __slots__ = ("_parts", "has_groups")

    def __init__(self, replacement: bytes, names: Sequence[bytes], budget: Budget) -> None:
        """Parse it for a pattern whose groups have these names; a group that is not there is empty text."""
        self._parts: list[tuple[Part, ...]] = []
        self.has_groups = b"$" in replacement
        at = 0
        budget.step(len(replacement) // _BYTES_A_STEP)
        while (dollar := replacement.find(b"$", at)) >= 0:
            budget.step()
            budget.make(_PART_BYTES)
            self._add(replacement[at:dollar])
            at = dollar + 1
            if replacement[at : at + 1] == b"$":
                self._add(b"$")
                at += 1
                continue
            name, end = _name(replacement, at)
            if not name:
                self._add(b"$")  # no reference: the dollar is text
                continue
            at = end
            budget.step(len(names) // _NAMES_A_STEP)
            self._parts.append(_groups(name, names))
        self._add(replacement[at:])

    def _add(self, text: bytes) -> None:
        if text:
            self._parts.append((text,))

    def of(self, text: bytes, places: Sequence[int], budget: Budget) -> bytes:
        """Return the replacement of a match in a text."""
        pieces: list[bytes] = []
        for choices in self._parts:
            budget.step()
            for part in choices:
                if isinstance(part, bytes):
                    piece = part
                elif places[2 * part] >= 0:
                    piece = text[places[2 * part] : places[2 * part + 1]]
                else:
                    continue
                budget.make(len(piece))
                pieces.append(piece)
                break
        return b"".join(pieces)


def _groups(name: bytes, names: Sequence[bytes]) -> tuple[int, ...]:
    """Return the groups of a name or number; the first that is part of the match counts."""
    if not (name.isdigit() and len(name) <= _MOST_DIGITS) or (name.startswith(b"0") and len(name) > 1):
        return tuple(number for number, each in enumerate(names) if each == name)
    return (int(name),) if int(name) < len(names) else ()


def _name(replacement: bytes, begin: int) -> tuple[bytes, int]:
    """Return the name after a dollar, in braces or as long as possible, and where it ends; b"" if there is none."""
    in_braces = replacement[begin : begin + 1] == b"{"
    begin += in_braces
    end = begin
    while end < len(replacement):
        rune, width = decode_rune(replacement, end)
        if not is_letter_or_digit(rune):
            break
        end += width
    name = replacement[begin:end]
    if not in_braces:
        return name, end
    return (name, end + 1) if replacement[end : end + 1] == b"}" else (b"", end)
