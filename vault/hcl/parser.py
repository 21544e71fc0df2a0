"""From a file to its nodes, by HCL's grammar; a file that begins with `{` is JSON.

    file    items to the end
    item    key { key } ( object | "=" value ), a comma behind it or none
    object  "{" items "}"
    list    "[" values, with commas between "]"
    value   text | heredoc | number | boolean | object | list

Depth and size are bounded; the work grows with the size.
"""

from __future__ import annotations

from vault.hcl.jsonparser import parse_json
from vault.hcl.nodes import Item, ListNode, Literal, ObjectNode
from vault.hcl.scanner import scan
from vault.hcl.text import Text
from vault.hcl.tokens import ASSIGN, CLOSE, CLOSE_LIST, COMMA, END, LITERALS, NAME, OPEN, OPEN_LIST, TEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.hcl.errors import HclError
    from vault.hcl.nodes import Node
    from vault.hcl.tokens import Token

MOST_DEPTH = 50
_MOST_KEYS = 10


def parse(octets: bytes) -> ObjectNode:
    """Parse a file. Raises HclError, and nothing else."""
    text = Text(octets)
    if text.characters.lstrip()[:1] == "{":
        return parse_json(text, MOST_DEPTH)
    return _Parser(text).file()


class _Parser:
    """Parses one text; `_token` is the next token."""

    __slots__ = ("_depth", "_text", "_token")

    def __init__(self, text: Text) -> None:
        self._text = text
        self._token = scan(text, 0)
        self._depth = 0

    def file(self) -> ObjectNode:
        return ObjectNode(self._items(END), 1)

    def _next(self) -> Token:
        """Return the next token, and go on to the one behind it."""
        token = self._token
        self._token = scan(self._text, token.end)
        return token

    def _unexpected(self, token: Token, expected: str) -> HclError:
        return self._text.error(f"there is {token.kind} where {expected} should be", token.at)

    def _items(self, end: str) -> list[Item]:
        """Parse items up to a token of the kind `end`, which is left."""
        items: list[Item] = []
        assigned: set[str] = set()
        while self._token.kind != end:
            items.append(self._item(assigned))
            if self._token.kind == COMMA:
                self._next()
        return items

    def _item(self, assigned: set[str]) -> Item:
        """Parse an item. `assigned` are the names that this object has assigned already, as they are written."""
        keys: list[Token] = []
        while self._token.kind in (NAME, TEXT):
            keys.append(self._next())
            if len(keys) > _MOST_KEYS:
                raise self._text.error(f"there are more than {_MOST_KEYS} names behind each other", keys[0].at)
        token = self._token
        if not keys:
            raise self._unexpected(token, "the name of an option")
        line = self._text.line(keys[0].at)
        names = [str(each.value) for each in keys]
        if token.kind == OPEN:
            return Item(names, self._value(), line)
        if token.kind != ASSIGN:
            raise self._unexpected(token, "'=' or '{'")
        if len(keys) > 1:
            raise self._text.error("there are several names before '='; one is assigned", token.at)
        self._next()
        item = Item(names, self._value(), line)
        written = self._text.characters[keys[0].at : keys[0].end]
        if written in assigned:
            raise self._text.error("the same name is assigned twice", keys[0].at)
        assigned.add(written)
        return item

    def _value(self) -> Node:
        token = self._next()
        line = self._text.value_line(token.at)
        if token.kind in LITERALS:
            return Literal(token.value, line)
        if token.kind not in (OPEN, OPEN_LIST):
            raise self._unexpected(token, "a value")
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise self._text.error(f"there are more than {MOST_DEPTH} objects and lists inside of each other", token.at)
        found = self._object(line) if token.kind == OPEN else self._list(line)
        self._depth -= 1
        return found

    def _object(self, line: int) -> ObjectNode:
        items = self._items(CLOSE)
        self._next()
        return ObjectNode(items, line)

    def _list(self, line: int) -> ListNode:
        elements: list[Node] = []
        needs_comma = False
        while self._token.kind != CLOSE_LIST:
            if self._token.kind == COMMA:
                self._next()
                needs_comma = False
                continue
            if needs_comma:
                raise self._unexpected(self._token, "',' or ']'")
            needs_comma = self._token.kind != OPEN_LIST  # as HCL 1 has it: behind a list none is needed
            elements.append(self._value())
        self._next()
        return ListNode(elements, line)
