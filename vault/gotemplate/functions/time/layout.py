"""Go's layouts of times: what stands in them for a part of a time. As nextStdChunk of time/format.go."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

RFC3339 = "2006-01-02T15:04:05Z07:00"
RFC3339_NANO = "2006-01-02T15:04:05.999999999Z07:00"
AS_STRING = "2006-01-02 15:04:05.999999999 -0700 MST"
DIGITS = frozenset("0123456789")

_ZONES = ("070000", "07:00:00", "0700", "07:00", "07")
# by their first character, the longest or the one that is looked for first before others
_PARTS = {
    "J": ("January", "Jan"),
    "M": ("Monday", "Mon", "MST"),
    "0": ("01", "02", "03", "04", "05", "06", "002"),
    "1": ("15", "1"),
    "2": ("2006", "2"),
    "_": ("_2", "__2"),
    "3": ("3",),
    "4": ("4",),
    "5": ("5",),
    "P": ("PM",),
    "p": ("pm",),
    "-": tuple(f"-{each}" for each in _ZONES),
    "Z": tuple(f"Z{each}" for each in _ZONES),
}
_ABBREVIATIONS = ("Jan", "Mon")  # unless a small letter follows
_SEPARATORS = ".,"
_LONG_YEAR = "2006"


class Part:
    """A part of a layout: the text before it, and what it stands for; "" at the end of the layout.

    `name` is what the layout says, but ".0" and ".9" for fractions of a second; those have so many `digits` after their
    `separator`, and those with 9 omit zeros at the end.
    """

    __slots__ = ("digits", "name", "prefix", "separator")

    def __init__(self, prefix: str, name: str, digits: int = 0, separator: str = "") -> None:
        """Take what the layout says."""
        self.prefix = prefix
        self.name = name
        self.digits = digits
        self.separator = separator


def parts_of(layout: str) -> Iterator[Part]:
    """Give the parts of a layout, the last without a name."""
    begin = at = 0
    while at < len(layout):
        found = _fraction(layout, at) if layout[at] in _SEPARATORS else _named(layout, at)
        if not found:
            at += 1
        elif layout.startswith(_LONG_YEAR, at + 1) and layout[at] == "_":
            yield Part(layout[begin : at + 1], _LONG_YEAR)
            begin = at = at + 1 + len(_LONG_YEAR)
        else:
            end = at + len(found)
            if layout[at] in _SEPARATORS:
                yield Part(layout[begin:at], f".{found[1]}", len(found) - 1, found[0])
            else:
                yield Part(layout[begin:at], found)
            begin = at = end
    yield Part(layout[begin:], "")


def _named(layout: str, at: int) -> str:
    """Return the part that begins at a place, "" if none does."""
    for each in _PARTS.get(layout[at], ()):
        if layout.startswith(each, at):
            following = layout[at + len(each) : at + len(each) + 1]
            if each not in _ABBREVIATIONS or not "a" <= following <= "z":
                return each
    return ""


def _fraction(layout: str, at: int) -> str:
    """Return a separator with the zeros or nines after it, "" if another digit follows, or none."""
    digit = layout[at + 1 : at + 2]
    if not digit or digit not in "09":
        return ""
    end = at + 1
    while layout[end : end + 1] == digit:
        end += 1
    return "" if layout[end : end + 1] in DIGITS else layout[at:end]
