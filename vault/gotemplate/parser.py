"""From the text of a template to its trees: one for the text itself, one for each `define` and `block`.

As text/template/parse/parse.go: what is allowed, and in which words something is refused.
"""

from __future__ import annotations

from vault.gotemplate.errors import Fault, LimitExceeded
from vault.gotemplate.lexer import Lexer
from vault.gotemplate.nodes import (
    Action,
    Branch,
    Break,
    Call,
    Continue,
    If,
    Range,
    Statement,
    Text,
    With,
    is_empty,
)
from vault.gotemplate.pipelines import Pipelines
from vault.gotemplate.quoting import quote, unquote
from vault.gotemplate.tokens import EOF, LEFT_DELIMITER, RAW_STRING, RIGHT_DELIMITER, STRING, TEXT
from vault.gotemplate.tokenstream import TokenStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.function import Functions
    from vault.gotemplate.limits import Limits
    from vault.gotemplate.nodes import Pipe
    from vault.gotemplate.tokens import Token

_BRANCHES: dict[str, type[Branch]] = {"if": If, "with": With, "range": Range}


class _End(Statement):
    """`{{ end }}` or `{{ else }}`, which ends a list; `next_branch` is what follows an `else`, in the same action."""

    __slots__ = ("next_branch", "shown")

    def __init__(self, position: int, shown: str, next_branch: str = "") -> None:
        super().__init__(position)
        self.shown = shown
        self.next_branch = next_branch


def parse_trees(
    text: bytes, name: str, delimiters: tuple[bytes, bytes], functions: Functions, limits: Limits
) -> dict[bytes, tuple[Statement, ...]]:
    """Return the trees by name; the text itself is `name`. Raises ParseError or LimitExceeded."""
    if len(text) > limits.text_bytes:
        raise LimitExceeded(f"a template of more than {limits.text_bytes} bytes", name=name)
    tokens = TokenStream(Lexer(text, delimiters[0] or b"{{", delimiters[1] or b"}}"), name, limits.nesting)
    trees: dict[bytes, tuple[Statement, ...]] = {}
    _Tree(tokens, functions, trees).parse_file(name.encode())
    return trees


class _Tree:
    """The parser of one tree; those that are defined inside of it have their own, and share the tokens."""

    def __init__(self, tokens: TokenStream, functions: Functions, trees: dict[bytes, tuple[Statement, ...]]) -> None:
        self._tokens = tokens
        self._functions = functions
        self._trees = trees
        self._pipelines = Pipelines(tokens, functions)
        self._ranges = 0

    def parse_file(self, name: bytes) -> None:
        """Read the whole text, with the definitions in it."""
        tokens = self._tokens
        statements: list[Statement] = []
        while tokens.peek().kind != EOF:
            if tokens.peek().kind == LEFT_DELIMITER:
                delimiter = tokens.next()
                keyword = tokens.next_non_space()
                if keyword.kind == "define":
                    _Tree(tokens, self._functions, self._trees)._parse_definition()  # noqa: SLF001 - the same class
                    continue
                tokens.back(delimiter, keyword)
            node = self._text_or_action()
            if isinstance(node, _End):
                raise tokens.error(f"unexpected {node.shown}")
            statements.append(node)
        self._add(name, tuple(statements))

    def _add(self, name: bytes, statements: tuple[Statement, ...]) -> None:
        known = self._trees.get(name)
        if known is None or is_empty(known):
            self._trees[name] = statements
        elif not is_empty(statements):
            raise self._tokens.error(f"template: multiple definition of template {quote(name).decode()}")

    def _parse_definition(self) -> None:
        """Read the rest of a `define`, after that word."""
        tokens = self._tokens
        name = self._name(tokens.next_non_space(), "define clause")
        tokens.expect(RIGHT_DELIMITER, "define clause")
        self._parse_body(name, "define clause")

    def _parse_body(self, name: bytes, context: str, line: int = 0) -> None:
        """Read a body with its end, for whose absence `line` is to blame, 0: where it would be."""
        statements, end = self._list()
        if end.shown != "{{end}}":
            raise self._tokens.error(f"unexpected {end.shown} in {context}", line)
        self._add(name, statements)

    def _name(self, token: Token, context: str) -> bytes:
        if token.kind not in (STRING, RAW_STRING):
            raise self._tokens.unexpected(token, context)
        try:
            return unquote(token.text)
        except Fault as fault:
            raise self._tokens.error(str(fault)) from None

    def _list(self) -> tuple[tuple[Statement, ...], _End]:
        """Read up to an `end` or `else`, which is returned with what is before it."""
        tokens = self._tokens
        tokens.nest()
        statements: list[Statement] = []
        while tokens.peek_non_space().kind != EOF:
            node = self._text_or_action()
            if isinstance(node, _End):
                tokens.unnest()
                return tuple(statements), node
            statements.append(node)
        raise tokens.error("unexpected EOF")

    def _text_or_action(self) -> Statement:
        token = self._tokens.next_non_space()
        if token.kind == TEXT:
            return Text(token.position, token.text)
        if token.kind != LEFT_DELIMITER:
            raise self._tokens.unexpected(token, "input")
        self._tokens.action_line = token.line
        node = self._action()
        self._tokens.action_line = 0
        return node

    def _action(self) -> Statement:
        tokens = self._tokens
        token = tokens.next_non_space()
        if token.kind in _BRANCHES:
            return self._branch(token.kind)
        if token.kind in ("break", "continue"):
            return self._loop_control(token)
        if token.kind == "else":
            return self._else()
        if token.kind == "end":
            return _End(tokens.expect(RIGHT_DELIMITER, "end").position, "{{end}}")
        if token.kind == "template":
            return self._template()
        if token.kind == "block":
            return self._block()
        tokens.back(token)
        return Action(token.position, self._pipelines.pipeline("command", RIGHT_DELIMITER))

    def _loop_control(self, token: Token) -> Statement:
        shown = f"{{{{{token.kind}}}}}"
        after = self._tokens.next_non_space()
        if after.kind != RIGHT_DELIMITER:
            raise self._tokens.unexpected(after, shown)
        if not self._ranges:
            raise self._tokens.error(f"{shown} outside {{{{range}}}}")
        return Break(token.position) if token.kind == "break" else Continue(token.position)

    def _else(self) -> _End:
        after = self._tokens.peek_non_space()
        if after.kind in ("if", "with"):
            return _End(after.position, "{{else}}", after.kind)
        return _End(self._tokens.expect(RIGHT_DELIMITER, "else").position, "{{else}}")

    def _branch(self, kind: str) -> Statement:
        """Read an `if`, `with` or `range`, with the whole chain of `else if` or `else with` after it."""
        tokens, pipelines = self._tokens, self._pipelines
        mark = pipelines.mark()
        parts: list[tuple[int, Pipe, tuple[Statement, ...]]] = []
        otherwise: tuple[Statement, ...] | None = None
        while True:
            pipe = pipelines.pipeline(kind, RIGHT_DELIMITER)
            self._ranges += kind == "range"
            body, end = self._list()
            self._ranges -= kind == "range"
            parts.append((pipe.position, pipe, body))
            if end.shown == "{{end}}":
                break
            if end.next_branch == kind:
                tokens.next()
                continue
            otherwise, end = self._list()
            if end.shown != "{{end}}":
                raise tokens.error(f"expected end; found {end.shown}")
            break
        pipelines.forget(mark)
        branch = _BRANCHES[kind]
        while True:
            position, pipe, body = parts.pop()
            node = branch(position, pipe, body, otherwise)
            if not parts:
                return node
            otherwise = (node,)

    def _template(self) -> Call:
        tokens = self._tokens
        token = tokens.next_non_space()
        name = self._name(token, "template clause")
        after = tokens.next_non_space()
        pipe = None
        if after.kind != RIGHT_DELIMITER:
            tokens.back(after)
            pipe = self._pipelines.pipeline("template clause", RIGHT_DELIMITER)
        return Call(token.position, name, pipe)

    def _block(self) -> Call:
        """Read a `block`: a `define` in its place, and a call of it."""
        tokens = self._tokens
        token = tokens.next_non_space()
        name = self._name(token, "block clause")
        pipe = self._pipelines.pipeline("block clause", RIGHT_DELIMITER)
        action_line, tokens.action_line = tokens.action_line, 0
        block = _Tree(tokens, self._functions, self._trees)
        block._parse_body(name, "block clause", tokens.line)
        tokens.action_line = action_line
        return Call(token.position, name, pipe)
