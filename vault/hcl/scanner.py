"""From the text of a file to its tokens; comments are passed over."""

from __future__ import annotations

from vault.hcl.numbers import scan_number
from vault.hcl.strings import scan_heredoc, scan_text
from vault.hcl.tokens import BOOLEAN, END, HEREDOC, NAME, NUMBER, SIGNS, TEXT, Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.hcl.text import Text

_BLANKS = frozenset(" \t\n\r")
_DIGITS = frozenset("0123456789")
_BOOLEANS = {"true": True, "false": False}


def scan(text: Text, at: int) -> Token:
    """Scan the token at or behind a place. Raises HclError."""
    at = _behind_blanks(text, at)
    characters = text.characters
    each = characters[at]
    if each == "\0":
        return Token(END, at, at)
    if each in SIGNS:
        return Token(SIGNS[each], at, at + 1)
    if each == '"':
        found, end = scan_text(text, at)
        return Token(TEXT, at, end, found)
    if each == "<":
        found, end = scan_heredoc(text, at)
        return Token(HEREDOC, at, end, found)
    if each in _DIGITS or (each in "-." and characters[at + 1] in _DIGITS):
        number, end = scan_number(text, at)
        return Token(NUMBER, at, end, number)
    if each == "_" or each.isalpha():
        return _name(text, at)
    raise text.error("there is a character that means nothing here; write texts in quotes", at)


def _name(text: Text, at: int) -> Token:
    characters = text.characters
    end = at
    while (each := characters[end]) in "_-." or each.isalpha() or each.isdecimal():
        end += 1
    name = characters[at:end]
    if name in _BOOLEANS:
        return Token(BOOLEAN, at, end, _BOOLEANS[name])
    return Token(NAME, at, end, name)


def _behind_blanks(text: Text, at: int) -> int:
    """Return the place behind blanks and comments. Raises HclError."""
    characters = text.characters
    while True:
        while characters[at] in _BLANKS:
            at += 1
        begins = characters[at : at + 2]
        if begins == "/*":
            end = characters.find("*/", at + 2)
            if end < 0:
                raise text.error("the comment does not end; write */ behind it", at)
            at = end + 2
        elif begins == "//" or begins[:1] == "#":
            end = characters.find("\n", at)
            at = text.end if end < 0 else end
        elif begins[:1] == "/":
            raise text.error("a comment begins with //, /* or #", at)
        else:
            return at
