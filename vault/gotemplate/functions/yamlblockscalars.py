"""Scalars of YAML that are lines of text, after | or >. As scannerc.go of gopkg.in/yaml.v2."""

from __future__ import annotations

from vault.gotemplate.functions.yamlscalars import BREAKS
from vault.gotemplate.functions.yamltext import BLANKS, BREAKS_OR_END, END

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.functions.yamltext import YAMLText

_DIGITS = "123456789"
_CHOMPING = "+-"


def block(text: YAMLText, indent: int) -> str:
    """Read from the | or > on, in a block of an indentation, -1 outside of any. Raises YAMLFault."""
    is_literal = text.take() == "|"
    chomping, increment = _header(text)
    own = max(indent, 0) + increment if increment else 0
    breaks, own = _breaks(text, own, indent)
    parts: list[str] = []
    last = ""
    was_blank = False
    while text.column == own and text.character() != END:
        is_blank = text.character() in BLANKS
        if not is_literal and last == "\n" and not was_blank and not is_blank:
            parts.append("" if breaks else " ")
        else:
            parts.append(last)
        parts.append(breaks)
        was_blank = is_blank
        begin = text.at
        while text.character() not in BREAKS_OR_END:
            text.skip()
        parts.append(text.text[begin : text.at])
        last = text.line_break() if text.character() != END else ""
        breaks, own = _breaks(text, own, indent)
    if chomping != "-":
        parts.append(last)
    if chomping == "+":
        parts.append(breaks)
    return "".join(parts)


def _header(text: YAMLText) -> tuple[str, int]:
    """Read how the end is kept, + or - or "", and by how much the lines are indented, 0 if that is not said."""
    chomping, increment = "", 0
    for _ in range(2):
        character = text.character()
        if not chomping and character in _CHOMPING:
            chomping = text.take()
        elif not increment and character in _DIGITS:
            increment = int(text.take())
        elif not increment and character == "0":
            raise text.fault("found an indentation indicator equal to 0")
    while text.character() in BLANKS:
        text.skip()
    if text.character() == "#":
        while text.character() not in BREAKS_OR_END:
            text.skip()
    if text.character() not in BREAKS_OR_END:
        raise text.fault("did not find expected comment or line break")
    if text.character() in BREAKS:
        text.line_break()
    return chomping, increment


def _breaks(text: YAMLText, own: int, indent: int) -> tuple[str, int]:
    """Take empty lines and the indentation of the next; find how far lines are indented, if that is not known yet."""
    parts: list[str] = []
    most = 0
    while True:
        while (not own or text.column < own) and text.character() == " ":
            text.skip()
        most = max(most, text.column)
        if (not own or text.column < own) and text.character() == "\t":
            raise text.fault("found a tab character where an indentation space is expected")
        if text.character() not in BREAKS:
            break
        parts.append(text.line_break())
    return "".join(parts), own or max(most, indent + 1, 1)
