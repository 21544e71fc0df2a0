"""The tokens of a template with some look-ahead, and errors that know where the parser is."""

from __future__ import annotations

from vault.gotemplate.errors import LimitExceeded, ParseError
from vault.gotemplate.tokens import ERROR, SPACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.lexer import Lexer
    from vault.gotemplate.tokens import Token


class TokenStream:
    """What all trees of a template read from.

    `line` is that of the last token that was read, `action_line` where the current action began, 0 outside of one.
    """

    __slots__ = ("_lexer", "_name", "_nesting", "_nesting_left", "_pending", "action_line", "line")

    def __init__(self, lexer: Lexer, name: str, nesting: int) -> None:
        """Take the template's name, for errors, and how deep blocks and parentheses may be."""
        self._lexer = lexer
        self._name = name
        self._nesting = nesting
        self._nesting_left = nesting
        self._pending: list[Token] = []  # the next one is last
        self.line = 0
        self.action_line = 0

    def next(self) -> Token:
        """Take the next token."""
        if self._pending:
            return self._pending.pop()
        token = self._lexer.next()
        self.line = token.line
        return token

    def back(self, *tokens: Token) -> None:
        """Give tokens back, in the order in which they were taken."""
        self._pending.extend(reversed(tokens))

    def peek(self) -> Token:
        """Look at the next token."""
        token = self.next()
        self._pending.append(token)
        return token

    def next_non_space(self) -> Token:
        """Take the next token that is no space."""
        token = self.next()
        while token.kind == SPACE:
            token = self.next()
        return token

    def peek_non_space(self) -> Token:
        """Look at the next token that is no space; spaces before it are gone."""
        token = self.next_non_space()
        self._pending.append(token)
        return token

    def expect(self, kind: str, context: str) -> Token:
        """Take a token of that kind."""
        token = self.next_non_space()
        if token.kind != kind:
            raise self.unexpected(token, context)
        return token

    def nest(self) -> None:
        """Go into a block or parentheses."""
        self._nesting_left -= 1
        if self._nesting_left < 0:
            message = f"blocks and parentheses that are more than {self._nesting} deep in each other"
            raise LimitExceeded(message, name=self._name, line=self.line)

    def unnest(self) -> None:
        """Leave it."""
        self._nesting_left += 1

    def error(self, message: str, line: int = 0) -> ParseError:
        """Make an error of a line, 0: of the one up to which tokens were read."""
        return ParseError(message, name=self._name, line=line or self.line)

    def unexpected(self, token: Token, context: str) -> ParseError:
        """Make the error of a token that cannot be where it is."""
        if token.kind != ERROR:
            return self.error(f"unexpected {token.shown()} in {context}")
        message = token.shown()
        if self.action_line and self.action_line != token.line:
            message += "" if message.endswith(" action") else " in action"
            message += f" started at {self._name}:{self.action_line}"
        return self.error(message)
