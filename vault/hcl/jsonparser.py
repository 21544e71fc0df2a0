"""From a file of JSON to the same nodes as HCL's; lists of objects stay lists.

HCL 1's own reader of JSON passes over much that is no JSON, and over some that is (booleans in lists). This one takes
JSON as it is defined (RFC 8259), and a comma too much nowhere.
"""

from __future__ import annotations

from vault.hcl.nodes import Item, ListNode, Literal, ObjectNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.hcl.nodes import Node
    from vault.hcl.text import Text

_BLANKS = frozenset(" \t\n\r")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"', "/": "/"}
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
_DIGITS = frozenset("0123456789")
_MOST_NUMBER_CHARACTERS = 400
_MOST = 2**63


def parse_json(text: Text, most_depth: int) -> ObjectNode:
    """Parse a text that begins with an object. Raises HclError."""
    parser = _Parser(text, most_depth)
    found = parser.value()
    parser.end()
    assert isinstance(found, ObjectNode)
    return found


class _Parser:
    __slots__ = ("_at", "_depth", "_most_depth", "_text")

    def __init__(self, text: Text, most_depth: int) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self._most_depth = most_depth

    def _peek(self) -> str:
        """Return the next character that is no blank, and stay at it."""
        characters = self._text.characters
        while characters[self._at] in _BLANKS:
            self._at += 1
        return characters[self._at]

    def _take(self, *expected: str) -> str:
        """Take one of a few characters."""
        found = self._peek()
        if found not in expected:
            raise self._text.error(f"this is no JSON: there should be {' or '.join(expected)}", self._at)
        self._at += 1
        return found

    def end(self) -> None:
        """Raise HclError if there is more."""
        if self._peek() != "\0" or self._at != self._text.end:
            raise self._text.error("this is no JSON: there is something behind its end", self._at)

    def value(self) -> Node:
        each = self._peek()
        line = self._text.value_line(self._at)
        if each == '"':
            return Literal(self._string(), line)
        if each in "{[":
            self._depth += 1
            if self._depth > self._most_depth:
                reason = f"there are more than {self._most_depth} objects and lists inside of each other"
                raise self._text.error(reason, self._at)
            found = self._object(line) if each == "{" else self._list(line)
            self._depth -= 1
            return found
        if each in _DIGITS or each == "-":
            return Literal(self._number(), line)
        for word, value in _WORDS.items():
            if self._text.characters.startswith(word, self._at):
                self._at += len(word)
                return Literal(value, line)
        raise self._text.error("this is no JSON: there should be a value", self._at)

    def _object(self, line: int) -> ObjectNode:
        items: list[Item] = []
        self._take("{")
        if self._peek() == "}":
            self._at += 1
            return ObjectNode(items, line)
        while True:
            if self._peek() != '"':
                raise self._text.error("this is no JSON: there should be a name in quotes", self._at)
            place = self._text.line(self._at)
            key = self._string()
            self._take(":")
            items.append(Item([key], self.value(), place))
            if self._take(",", "}") == "}":
                return ObjectNode(items, line)

    def _list(self, line: int) -> ListNode:
        elements: list[Node] = []
        self._take("[")
        if self._peek() == "]":
            self._at += 1
            return ListNode(elements, line)
        while True:
            elements.append(self.value())
            if self._take(",", "]") == "]":
                return ListNode(elements, line)

    def _number(self) -> int | float:
        characters, begin = self._text.characters, self._at
        while characters[self._at] in "0123456789+-.eE":
            self._at += 1
        number = _number_of(characters[begin : self._at])
        if number is None:
            raise self._text.error("this is no JSON, or a number that is too large", begin)
        return number

    def _string(self) -> str:
        """Parse a text in quotes."""
        characters, begin = self._text.characters, self._at
        found: list[str] = []
        at = begin + 1
        while True:
            start = at
            while (each := characters[at]) >= " " and each not in '"\\':
                at += 1
            found.append(characters[start:at])
            if each == '"':
                break
            if each != "\\":
                raise self._text.error("a text in quotes has a line end, or another control character", begin)
            escape = characters[at + 1]
            if escape in _ESCAPES:
                found.append(_ESCAPES[escape])
                at += 2
            else:
                found.append(self._unit(at))
                at += 6
        self._at = at + 1
        # two escapes may be one character beyond the first 65,536
        return "".join(found).encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _unit(self, at: int) -> str:
        digits = self._text.characters[at + 2 : at + 6]
        if self._text.characters[at + 1] != "u" or len(digits) < 4 or not _HEXADECIMAL.issuperset(digits):  # noqa: PLR2004
            raise self._text.error("there is no such escape in a text", at)
        return chr(int(digits, 16))


def _number_of(written: str) -> int | float | None:
    """Return a number as JSON writes it: a whole one of 64 bits, or a finite one. None: it is none."""
    digits = written.removeprefix("-")
    ends_well = digits[:1].isdigit() and digits[-1:].isdigit() and ".e" not in digits.lower()
    if not ends_well or (digits[0] == "0" and digits[1:2].isdigit()) or len(written) > _MOST_NUMBER_CHARACTERS:
        return None
    try:
        number = int(written) if digits.isdigit() else float(written)
    except ValueError:
        return None
    is_small = -_MOST <= number < _MOST if isinstance(number, int) else abs(number) != float("inf")
    return number if is_small else None
