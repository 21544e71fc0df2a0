"""The kinds of token."""

from __future__ import annotations

END = "the end of the file"
NAME = "a name"
TEXT = "a text"
HEREDOC = "a heredoc"
NUMBER = "a number"
BOOLEAN = "a boolean"
ASSIGN, COMMA = "'='", "','"
OPEN, CLOSE = "'{'", "'}'"
OPEN_LIST, CLOSE_LIST = "'['", "']'"

SIGNS = {"=": ASSIGN, ",": COMMA, "{": OPEN, "}": CLOSE, "[": OPEN_LIST, "]": CLOSE_LIST}
LITERALS = (TEXT, HEREDOC, NUMBER, BOOLEAN)


class Token:
    """A token: its kind, its value where it has one, where it stands, and its characters as they are."""

    __slots__ = ("at", "end", "kind", "value")

    def __init__(self, kind: str, at: int, end: int, value: object = "") -> None:
        """`at` is the place of its first character, `end` that behind its last."""
        self.kind = kind
        self.at = at
        self.end = end
        self.value = value
