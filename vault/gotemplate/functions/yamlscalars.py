"""How a string may be written in YAML: plain, in quotes, or as a block. As the emitter of gopkg.in/yaml.v2."""

from __future__ import annotations

from itertools import pairwise

BREAKS = "\r\n\x85\u2028\u2029"
PLAIN, SINGLE, DOUBLE, LITERAL = "plain", "single", "double", "literal"

_BLANKS = " \t"
_AFTER_NOTHING = BREAKS + _BLANKS + "\0"  # before a #
_FIRST = "#,[]{}&*!|>'\"%@`"


def is_printable(character: str) -> bool:
    """Say whether a character may stand as it is; those beyond the first plane may not."""
    return (
        character == "\n"
        or " " <= character <= "~"
        or "\xa0" <= character <= "\ud7ff"
        or ("\ue000" <= character <= "\ufffd" and character != "\ufeff")
    )


class Scalar:
    """A text and the styles that it allows outside of brackets."""

    __slots__ = ("allows_literal", "allows_plain", "allows_single", "is_multiline", "text")

    def __init__(self, text: str) -> None:
        """Look at each character."""
        self.text = text
        self.is_multiline = any(each in text for each in BREAKS)
        has_special = not all(map(is_printable, text))
        pairs = list(pairwise(text))
        has_break_space = any(first in BREAKS and second == " " for first, second in pairs)
        has_space_break = has_special or any(first == " " and second in BREAKS for first, second in pairs)
        ends = text[:1] + text[-1:]
        self.allows_plain = not (
            self.is_multiline or has_space_break or any(each == " " or each in BREAKS for each in ends)
        ) and not _has_indicators(text)
        self.allows_single = not has_break_space and not has_space_break
        self.allows_literal = bool(text) and not has_space_break and text[-1] != " "

    def style(self, wanted: str, *, is_key: bool) -> str:
        """Return the style that comes nearest to the wanted one."""
        style = wanted
        if style == PLAIN and (not self.allows_plain or (not self.text and is_key)):
            style = SINGLE
        if style == SINGLE and not self.allows_single:
            style = DOUBLE
        if style == LITERAL and (not self.allows_literal or is_key):
            style = DOUBLE
        return style


def _has_indicators(text: str) -> bool:
    """Say whether a text has what means something outside of quotes."""
    if text.startswith(("---", "...")) or text[:1] in tuple(_FIRST):
        return True
    if text[:1] in ("?", "-", ":") and (len(text) == 1 or text[1] in _BLANKS):
        return True
    for position, each in enumerate(text[1:], start=1):
        if each == ":" and (position + 1 >= len(text) or text[position + 1] in _BLANKS):
            return True
        if each == "#" and text[position - 1] in _AFTER_NOTHING:
            return True
    return False
