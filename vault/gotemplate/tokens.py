"""A piece of a template: text, a delimiter, or a word between delimiters."""

from __future__ import annotations

from vault.gotemplate.quoting import quote
from vault.gotemplate.utf8 import cut_runes

ERROR = "error"  # its text is the message
BOOL = "bool"
CHAR = "char"  # a punctuation mark that is nothing else: "," in declarations
CHAR_CONSTANT = "character constant"
COMPLEX = "complex"
ASSIGN = "="
DECLARE = ":="
EOF = "EOF"
FIELD = "field"
IDENTIFIER = "identifier"
LEFT_DELIMITER = "left delimiter"
LEFT_PAREN = "("
NUMBER = "number"
PIPE = "|"
RAW_STRING = "raw string"
RIGHT_DELIMITER = "right delimiter"
RIGHT_PAREN = ")"
SPACE = "space"
STRING = "string"
TEXT = "text"
VARIABLE = "variable"
DOT = "."
KEYWORDS = {
    b".": DOT,
    **{
        word.encode(): word
        for word in ("block", "break", "continue", "define", "else", "end", "if", "nil", "range", "template", "with")
    },
}
_KEYWORD_KINDS = frozenset(KEYWORDS.values())
_SHOWN_RUNES = 10


class Token:
    """A piece of a template: `position` counts bytes from 0, `line` from 1."""

    __slots__ = ("kind", "line", "position", "text")

    def __init__(self, kind: str, position: int, text: bytes, line: int) -> None:
        """Take what it is and where it begins."""
        self.kind = kind
        self.position = position
        self.text = text
        self.line = line

    def shown(self) -> str:
        """Name the token in a message."""
        if self.kind == EOF:
            return "EOF"
        if self.kind == ERROR:
            return self.text.decode(errors="replace")
        if self.kind in _KEYWORD_KINDS:
            return f"<{self.text.decode()}>"
        if len(self.text) > _SHOWN_RUNES:
            return quote(cut_runes(self.text, _SHOWN_RUNES)).decode() + "..."
        return quote(self.text).decode()
