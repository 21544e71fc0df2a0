"""The tokens of a template, one by one. As text/template/parse/lex.go.

A trim marker is done with here, in the text beside it; comments are left out.
"""

from __future__ import annotations

from vault.gotemplate.quoting import quote, shown_rune
from vault.gotemplate.scanning import DECIMAL_DIGITS, LAST_ASCII, SPACES, ends_name, name_end, number_end
from vault.gotemplate.tokens import (
    ASSIGN,
    BOOL,
    CHAR,
    CHAR_CONSTANT,
    COMPLEX,
    DECLARE,
    DOT,
    EOF,
    ERROR,
    FIELD,
    IDENTIFIER,
    KEYWORDS,
    LEFT_DELIMITER,
    NUMBER,
    PIPE,
    RAW_STRING,
    RIGHT_DELIMITER,
    SPACE,
    STRING,
    TEXT,
    VARIABLE,
    Token,
)
from vault.gotemplate.utf8 import decode_rune, is_letter_or_digit

_SIMPLE = {"=": ASSIGN, "|": PIPE}


class Lexer:
    """Gives the tokens one by one; after an error or the end, EOF for ever."""

    __slots__ = ("_in_action", "_left", "_line", "_parens", "_position", "_right", "_text")

    def __init__(self, text: bytes, left: bytes, right: bytes) -> None:
        """Take a template and its delimiters."""
        self._text = text
        self._left = left
        self._right = right
        self._position = 0
        self._line = 1
        self._parens = 0
        self._in_action = False

    def next(self) -> Token:
        """Return the next token."""
        token = None
        while token is None:
            token = self._inside_action() if self._in_action else self._text_or_delimiter()
        return token

    def _take(self, kind: str, end: int) -> Token:
        """Make the token that ends at `end`, and go there."""
        start = self._position
        token = Token(kind, start, self._text[start:end], self._line)
        self._skip(end)
        return token

    def _skip(self, end: int) -> None:
        self._line += self._text.count(b"\n", self._position, end)
        self._position = end

    def _error(self, message: str) -> Token:
        """Give up; the rest of the template is no longer looked at."""
        token = Token(ERROR, self._position, message.encode(), self._line)
        self._text = b""
        self._position = 0
        self._in_action = False
        return token

    def _text_or_delimiter(self) -> Token | None:
        """Read text up to the next left delimiter, or that delimiter."""
        text, start = self._text, self._position
        found = text.find(self._left, start)
        if found < 0:
            return self._take(TEXT if start < len(text) else EOF, len(text))
        if found == start:
            return self._left_delimiter()
        end = found
        if self._has_left_marker(found + len(self._left)):
            end = start + len(text[start:found].rstrip(SPACES))
        token = self._take(TEXT, end)
        self._skip(found)
        return token if token.text else None

    def _has_left_marker(self, at: int) -> bool:
        return self._text[at : at + 1] == b"-" and self._text[at + 1 : at + 2] in (b" ", b"\t", b"\r", b"\n")

    def _left_delimiter(self) -> Token | None:
        end = self._position + len(self._left)
        content = end + 2 if self._has_left_marker(end) else end
        if self._text.startswith(b"/*", content):
            self._skip(content)
            return self._comment()
        token = self._take(LEFT_DELIMITER, end)
        self._skip(content)
        self._in_action = True
        self._parens = 0
        return token

    def _comment(self) -> Token | None:
        closing = self._text.find(b"*/", self._position + 2)
        if closing < 0:
            return self._error("unclosed comment")
        trims, width = self._right_delimiter_at(closing + 2)
        if not width:
            return self._error("comment ends before closing delimiter")
        self._skip(closing + 2 + width)
        if trims:
            self._skip_spaces()
        return None

    def _skip_spaces(self) -> None:
        text, end = self._text, self._position
        while end < len(text) and text[end] in SPACES:
            end += 1
        self._skip(end)

    def _right_delimiter_at(self, at: int) -> tuple[bool, int]:
        """Say whether a right delimiter at `at` has a trim marker, and how wide it is with it; 0 if none is there."""
        text = self._text
        if (
            at < len(text)
            and text[at] in SPACES
            and text[at + 1 : at + 2] == b"-"
            and text.startswith(self._right, at + 2)
        ):
            return True, 2 + len(self._right)
        return False, len(self._right) if text.startswith(self._right, at) else 0

    def _right_delimiter(self, *, trims: bool) -> Token:
        if trims:
            self._skip(self._position + 2)
        token = self._take(RIGHT_DELIMITER, self._position + len(self._right))
        if trims:
            self._skip_spaces()
        self._in_action = False
        return token

    def _inside_action(self) -> Token:
        text, start = self._text, self._position
        trims, width = self._right_delimiter_at(start)
        if width:
            return self._right_delimiter(trims=trims) if not self._parens else self._error("unclosed left paren")
        if start >= len(text):
            return self._error("unclosed action")
        byte = text[start]
        character = chr(byte)
        if byte in SPACES:
            return self._space()
        if character in _SIMPLE:
            return self._take(_SIMPLE[character], start + 1)
        if character == ":":
            return self._take(DECLARE, start + 2) if text[start + 1 : start + 2] == b"=" else self._error("expected :=")
        if character in "\"'`":
            return self._quoted(character)
        if character == "$" or (character == "." and text[start + 1 : start + 2] not in _DIGIT_BYTES):
            return self._field_or_variable(character)
        if character in ".+-" or byte in DECIMAL_DIGITS:
            return self._number()
        if character in "()":
            return self._paren(character)
        rune, _width = decode_rune(text, start)
        if is_letter_or_digit(rune):
            return self._identifier()
        if byte <= LAST_ASCII and character.isprintable():
            return self._take(CHAR, start + 1)
        return self._error(f"unrecognized character in action: {shown_rune(rune)}")

    def _paren(self, character: str) -> Token:
        self._parens += 1 if character == "(" else -1
        if self._parens < 0:
            return self._error("unexpected right paren")
        return self._take(character, self._position + 1)

    def _space(self) -> Token:
        """Read a run of spaces; the last one may begin a right delimiter that trims."""
        text, end = self._text, self._position
        while end < len(text) and text[end] in SPACES:
            end += 1
        trims, _width = self._right_delimiter_at(end - 1)
        if trims:
            end -= 1
            if end == self._position:
                return self._right_delimiter(trims=True)
        return self._take(SPACE, end)

    def _quoted(self, mark: str) -> Token:
        kind, name = _QUOTES[mark]
        text, at = self._text, self._position + 1
        while at < len(text):
            byte = text[at : at + 1].decode("latin-1")
            if byte == mark:
                return self._take(kind, at + 1)
            if mark != "`":
                if byte == "\\":
                    at += 1
                    byte = text[at : at + 1].decode("latin-1") or "\n"
                if byte == "\n":
                    break
            at += 1
        return self._error(f"unterminated {name}")

    def _bad_character(self, at: int) -> Token:
        rune, _width = decode_rune(self._text, at)
        return self._error(f"bad character {shown_rune(rune)}")

    def _identifier(self) -> Token:
        end = name_end(self._text, self._position)
        word = self._text[self._position : end]
        if not ends_name(self._text, self._right, end):
            return self._bad_character(end)
        kind = KEYWORDS.get(word) or (BOOL if word in (b"true", b"false") else IDENTIFIER)
        return self._take(kind, end)

    def _field_or_variable(self, mark: str) -> Token:
        kind, alone = (VARIABLE, VARIABLE) if mark == "$" else (FIELD, DOT)
        if ends_name(self._text, self._right, self._position + 1):
            return self._take(alone, self._position + 1)
        end = name_end(self._text, self._position + 1)
        return self._take(kind, end) if ends_name(self._text, self._right, end) else self._bad_character(end)

    def _number(self) -> Token:
        """Read what looks like a number; whether it is one is the parser's to say."""
        end, is_good = number_end(self._text, self._position)
        kind = NUMBER
        if is_good and self._text[end : end + 1] in (b"+", b"-"):  # 1+2i
            kind = COMPLEX
            end, is_good = number_end(self._text, end)
            is_good = is_good and self._text[end - 1 : end] == b"i"
        if is_good:
            return self._take(kind, end)
        return self._error(f"bad number syntax: {quote(self._text[self._position : end]).decode()}")


_DIGIT_BYTES = (b"", *(bytes((each,)) for each in DECIMAL_DIGITS))
_QUOTES = {
    '"': (STRING, "quoted string"),
    "'": (CHAR_CONSTANT, "character constant"),
    "`": (RAW_STRING, "raw quoted string"),
}
