"""What is between delimiters: pipelines of commands with operands, and the variables that are known there."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.nodes import (
    Bool,
    Chain,
    Command,
    Dot,
    Field,
    Identifier,
    Nil,
    Number,
    Operand,
    Pipe,
    String,
    Variable,
)
from vault.gotemplate.nodetext import shown
from vault.gotemplate.numerals import parse_number, parse_rune_constant
from vault.gotemplate.quoting import quote, unquote
from vault.gotemplate.tokens import (
    ASSIGN,
    BOOL,
    CHAR,
    CHAR_CONSTANT,
    COMPLEX,
    DECLARE,
    DOT,
    FIELD,
    IDENTIFIER,
    LEFT_PAREN,
    NUMBER,
    PIPE,
    RAW_STRING,
    RIGHT_DELIMITER,
    RIGHT_PAREN,
    SPACE,
    STRING,
    VARIABLE,
    Token,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.function import Functions
    from vault.gotemplate.tokenstream import TokenStream

_OPERANDS = frozenset(
    (
        BOOL,
        CHAR_CONSTANT,
        COMPLEX,
        DOT,
        FIELD,
        IDENTIFIER,
        NUMBER,
        "nil",
        RAW_STRING,
        STRING,
        VARIABLE,
        LEFT_PAREN,
    )
)
_NOT_EXECUTABLE = (Bool, Dot, Nil, Number, String)
_WITHOUT_FIELDS = _NOT_EXECUTABLE


class Pipelines:
    """Reads the pipelines of one tree, in which `$` alone is known at first."""

    def __init__(self, tokens: TokenStream, functions: Functions) -> None:
        """Take the tokens, and which functions there are."""
        self._tokens = tokens
        self._functions = functions
        self._order: list[bytes] = []
        self._known: dict[bytes, int] = {b"$": 1}

    def mark(self) -> int:
        """Return a place to which `forget` goes back."""
        return len(self._order)

    def forget(self, mark: int) -> None:
        """Forget the variables that were declared after the mark."""
        while len(self._order) > mark:
            self._known[self._order.pop()] -= 1

    def _declare(self, token: Token) -> Variable:
        self._order.append(token.text)
        self._known[token.text] = self._known.get(token.text, 0) + 1
        return Variable(token.position, token.text)

    def pipeline(self, context: str, end: str) -> Pipe:
        """Read up to the token `end`, which is taken. `context` names the pipeline in errors."""
        tokens = self._tokens
        position = tokens.peek_non_space().position
        declared, assigns = self._declarations(context)
        commands: list[Command] = []
        while True:
            token = tokens.next_non_space()
            if token.kind == end:
                break
            if token.kind not in _OPERANDS:
                raise tokens.unexpected(token, context)
            tokens.back(token)
            commands.append(self._command())
        if not commands:
            raise tokens.error(f"missing value for {context}")
        for stage, command in enumerate(commands[1:], start=2):
            if isinstance(command.arguments[0], _NOT_EXECUTABLE):
                raise tokens.error(f"non executable command in pipeline stage {stage}")
        return Pipe(position, tuple(commands), declared, assigns=assigns)

    def _declarations(self, context: str) -> tuple[tuple[Variable, ...], bool]:
        """Read `$x :=`, `$x =`, and in a range `$i, $x :=`. Returns the variables, and whether they are assigned."""
        tokens = self._tokens
        declared: list[Variable] = []
        while tokens.peek_non_space().kind == VARIABLE:
            variable = tokens.next()
            after = tokens.next()
            next_token = tokens.next_non_space() if after.kind == SPACE else after
            if next_token.kind in (ASSIGN, DECLARE):
                declared.append(self._declare(variable))
                return tuple(declared), next_token.kind == ASSIGN
            if next_token.kind != CHAR or next_token.text != b",":
                tokens.back(variable, *((after,) if after.kind == SPACE else ()), next_token)
                break
            declared.append(self._declare(variable))
            if context != "range" or len(declared) > 1:
                raise tokens.error(f"too many declarations in {context}")
            if tokens.peek_non_space().kind not in (VARIABLE, RIGHT_DELIMITER, RIGHT_PAREN):
                raise tokens.error("range can only initialize variables")
        return tuple(declared), False

    def _command(self) -> Command:
        """Read operands up to a pipe character, which is taken, or the pipeline's end, which is not."""
        tokens = self._tokens
        position = tokens.peek_non_space().position
        arguments: list[Operand] = []
        while True:
            tokens.peek_non_space()
            operand = self._operand()
            if operand is not None:
                arguments.append(operand)
            token = tokens.next()
            if token.kind == SPACE:
                continue
            if token.kind in (RIGHT_DELIMITER, RIGHT_PAREN):
                tokens.back(token)
            elif token.kind != PIPE:
                raise tokens.unexpected(token, "operand")
            break
        if not arguments:
            raise tokens.error("empty command")
        return Command(position, tuple(arguments))

    def _operand(self) -> Operand | None:
        """Read a term with its fields; None if there is none."""
        tokens = self._tokens
        node = self._term()
        if node is None or tokens.peek().kind != FIELD:
            return node
        position = tokens.peek().position
        fields = []
        while tokens.peek().kind == FIELD:
            fields.append(tokens.next().text[1:])
        if isinstance(node, Field):
            return Field(position, (*node.fields, *fields))
        if isinstance(node, Variable):
            return Variable(position, node.name, (*node.fields, *fields))
        if isinstance(node, _WITHOUT_FIELDS):
            raise tokens.error(f"unexpected . after term {quote(shown(node).encode()).decode()}")
        return Chain(position, node, tuple(fields))

    def _term(self) -> Operand | None:
        tokens = self._tokens
        token = tokens.next_non_space()
        position = token.position
        if token.kind == FIELD:
            return Field(position, (token.text[1:],))
        if token.kind == VARIABLE:
            if not self._known.get(token.text):
                raise tokens.error(f"undefined variable {quote(token.text).decode()}")
            return Variable(position, token.text)
        if token.kind == DOT:
            return Dot(position)
        if token.kind == IDENTIFIER:
            return self._identifier(token)
        if token.kind == LEFT_PAREN:
            tokens.nest()
            pipe = self.pipeline("parenthesized pipeline", RIGHT_PAREN)
            tokens.unnest()
            return pipe
        if token.kind == "nil":
            return Nil(position)
        if token.kind == BOOL:
            return Bool(position, token.text == b"true")
        return self._literal(token)

    def _identifier(self, token: Token) -> Identifier:
        name = token.text.decode(errors="replace")
        try:
            is_known = self._functions.has(name)
        except Fault as fault:
            raise self._tokens.error(str(fault)) from None
        if not is_known:
            raise self._tokens.error(f"function {quote(token.text).decode()} not defined")
        return Identifier(token.position, name)

    def _literal(self, token: Token) -> Operand | None:
        text = token.text
        try:
            if token.kind in (STRING, RAW_STRING):
                return String(token.position, text, unquote(text))
            if token.kind == CHAR_CONSTANT:
                return Number(token.position, text.decode(errors="replace"), parse_rune_constant(text))
            if token.kind in (NUMBER, COMPLEX):
                return Number(token.position, text.decode(), parse_number(text.decode()))
        except Fault as fault:
            raise self._tokens.error(str(fault)) from None
        self._tokens.back(token)
        return None
