"""Scalars of YAML that are plain or in quotes, over any number of lines. As scannerc.go of gopkg.in/yaml.v2."""

from __future__ import annotations

from vault.gotemplate.functions.yamlscalars import BREAKS
from vault.gotemplate.functions.yamltext import BLANKS, BLANKS_OR_END, END

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.functions.yamltext import YAMLText

_FLOW_ENDS = ",?[]{}"
_ESCAPES = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "t": "\t",
    "\t": "\t",
    "n": "\n",
    "v": "\v",
    "f": "\f",
    "r": "\r",
    "e": "\x1b",
    " ": " ",
    '"': '"',
    "'": "'",
    "\\": "\\",
    "N": "\x85",
    "_": "\xa0",
    "L": "\u2028",
    "P": "\u2029",
}
_DIGITS_AFTER = {"x": 2, "u": 4, "U": 8}
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")


class _Spaces:
    """The blanks and ends of lines between two words of a scalar."""

    __slots__ = ("blanks", "first", "others")

    def __init__(self) -> None:
        self.blanks = ""
        self.first = ""  # the first end of a line; "" if there is none, or an escape stands before it
        self.others = ""

    def folded(self, *, has_break: bool) -> str:
        """Return what they mean: one end of a line is a space, more are all but the first."""
        if not has_break:
            return self.blanks
        if self.first == "\n":
            return self.others or " "
        return self.first + self.others


def _spaces(text: YAMLText, *, has_break: bool, least_column: int) -> tuple[_Spaces, bool]:
    """Take blanks and ends of lines. Raises YAMLFault for a tab before a column where the line has no text yet."""
    found = _Spaces()
    blanks, others = [], []
    while True:
        character = text.character()
        if character in BLANKS:
            if has_break and character == "\t" and text.column < least_column:
                raise text.fault("found a tab character that violates indentation")
            if not has_break:
                blanks.append(character)
            text.skip()
        elif character in BREAKS:
            broken = text.line_break()
            if has_break:
                others.append(broken)
            else:
                has_break = True
                found.first = broken
        else:
            found.blanks, found.others = "".join(blanks), "".join(others)
            return found, has_break


def plain(text: YAMLText, *, indent: int, in_flow: bool) -> tuple[str, bool]:
    """Read a plain scalar in a block of an indentation; say whether it ended with its line. Raises YAMLFault."""
    parts: list[str] = []
    pending = ""
    has_break = False
    while not text.is_at_indicator() and text.character() != "#":
        begin = text.at
        while (character := text.character()) not in BLANKS_OR_END:
            if character == ":" and text.character(1) in BLANKS_OR_END:
                break
            if in_flow and character in _FLOW_ENDS:
                break
            text.skip()
        if text.at > begin:
            parts += (pending, text.text[begin : text.at])
            pending, has_break = "", False
        if text.character() not in BLANKS and text.character() not in BREAKS:
            break
        spaces, has_break = _spaces(text, has_break=has_break, least_column=indent + 1)
        pending = spaces.folded(has_break=has_break)
        if not in_flow and text.column < indent + 1:
            break
    return "".join(parts), has_break


def quoted(text: YAMLText) -> str:
    """Read a scalar from its quote to its other quote. Raises YAMLFault."""
    quote = text.take()
    parts: list[str] = []
    while True:
        if text.is_at_indicator():
            raise text.fault("found unexpected document indicator in a quoted scalar")
        if text.character() == END:
            raise text.fault("found unexpected end of stream in a quoted scalar")
        has_break = _words(text, quote, parts)
        if text.character() == quote:
            text.skip()
            return "".join(parts)
        spaces, has_break = _spaces(text, has_break=has_break, least_column=0)
        parts.append(spaces.folded(has_break=has_break))


def _words(text: YAMLText, quote: str, parts: list[str]) -> bool:
    """Take what has no blank in it; say whether it ended with an end of a line that is escaped. Raises YAMLFault."""
    begin = text.at
    while (character := text.character()) not in BLANKS_OR_END:
        is_quote = character == quote
        is_doubled = is_quote and quote == "'" and text.character(1) == "'"
        if is_quote and not is_doubled:
            break
        if not is_doubled and (character != "\\" or quote == "'"):
            text.skip()
            continue
        parts.append(text.text[begin : text.at])
        if is_doubled:
            parts.append(quote)
            text.skip(2)
        elif text.character(1) in BREAKS:
            text.skip()
            text.line_break()
            return True
        else:
            parts.append(_escape(text))
        begin = text.at
    parts.append(text.text[begin : text.at])
    return False


def _escape(text: YAMLText) -> str:
    """Take an escape. Raises YAMLFault."""
    letter = text.character(1)
    if letter in _ESCAPES:
        text.skip(2)
        return _ESCAPES[letter]
    length = _DIGITS_AFTER.get(letter)
    if length is None:
        raise text.fault("found unknown escape character")
    begin = text.at + 2
    digits = text.text[begin : begin + length]
    if len(digits) < length or not _HEX_DIGITS.issuperset(digits):
        raise text.fault("did not find expected hexadecimal number")
    code = int(digits, 16)
    if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:  # noqa: PLR2004 - surrogates, and what Unicode has not
        raise text.fault("found invalid Unicode character escape code")
    text.skip(2 + length)
    return chr(code)
