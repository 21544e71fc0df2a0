"""What a file says: objects of items, lists, and literals, each with its line.

An item has one key or several: `template { … }`, `sink "file" { … }`. HCL does not tell a block from an object that is
assigned, so that `method { … }` and `"method" = { … }` are the same here.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias


class Literal:
    """A text, a number, true or false; None is JSON's null."""

    __slots__ = ("line", "value")

    def __init__(self, value: object, line: int) -> None:
        """Take a str, an int for a whole number, a float for another, a bool, or None."""
        self.value = value
        self.line = line


class ListNode:
    """A list."""

    __slots__ = ("elements", "line")

    def __init__(self, elements: Sequence[Node], line: int) -> None:
        """Take what is in it."""
        self.elements = tuple(elements)
        self.line = line


class ObjectNode:
    """An object, or a whole file: items in their order, of which several may have the same keys."""

    __slots__ = ("items", "line")

    def __init__(self, items: Sequence[Item], line: int) -> None:
        """Take what is in it."""
        self.items = tuple(items)
        self.line = line


class Item:
    """A value with its keys: the first is its name, the others are labels."""

    __slots__ = ("keys", "line", "value")

    def __init__(self, keys: Sequence[str], value: Node, line: int) -> None:
        """`line` is that of the first key."""
        self.keys = tuple(keys)
        self.value = value
        self.line = line


Node: TypeAlias = "Literal | ListNode | ObjectNode"
