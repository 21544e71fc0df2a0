"""What a text of HCL says, as data that can be compared, and the other way around: data as a text, in any style."""

from __future__ import annotations

import json
import random
from typing import Any

from vault.hcl.nodes import ListNode, Literal, Node, ObjectNode
from vault.hcl.parser import parse

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\a": "\\a", "\v": "\\v"}


class Block(list[tuple[tuple[str, ...], Any]]):
    """An object: items with their keys, in their order."""


def as_data(node: Node) -> Any:
    """Give literals as they are, lists as lists, and objects as Blocks."""
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, ListNode):
        return [as_data(each) for each in node.elements]
    assert isinstance(node, ObjectNode)
    return Block((each.keys, as_data(each.value)) for each in node.items)


def lines_of(node: Node) -> list[int]:
    """Give the line of each item, in their order, those within behind it."""
    if isinstance(node, ListNode):
        return [line for each in node.elements for line in lines_of(each)]
    if isinstance(node, ObjectNode):
        return [line for each in node.items for line in (each.line, *lines_of(each.value))]
    return []


def parsed(text: str | bytes) -> Any:
    """Parse a text, and give its data."""
    return as_data(parse(text if isinstance(text, bytes) else text.encode()))


class Writer:
    """Writes data as HCL, in one of the styles that there are for each thing."""

    def __init__(self, chance: random.Random) -> None:
        """Take where the choices come from."""
        self._chance = chance

    def file(self, data: Block) -> str:
        """Write a whole file."""
        return self._items(data, 0) + self._chance.choice(["", "\n", "# at the end", "\n// at the end\n"])

    def _items(self, data: Block, depth: int) -> str:
        blanks = self._chance.choice(["", "  ", "\t"]) * depth
        between = [self._chance.choice(["\n", "\n\n", ",\n", "\n/* x\n y */\n", " # x\n"]) for _ in data]
        return "".join(
            f"{blanks}{self._item(keys, each, depth)}{end}" for (keys, each), end in zip(data, between, strict=True)
        )

    def _item(self, keys: tuple[str, ...], value: Any, depth: int) -> str:
        written = [self._key(keys[0]), *(self._quoted(each) for each in keys[1:])]
        must_be_block = len(keys) > 1
        if isinstance(value, Block) and (must_be_block or self._chance.random() < 0.7):
            return f"{' '.join(written)} {self._value(value, depth)}"
        return f"{written[0]}{self._chance.choice([' = ', '=', ' /**/ = '])}{self._value(value, depth)}"

    def _key(self, name: str) -> str:
        is_name = name.replace("_", "a").isalnum() and name[0].isalpha() and name not in {"true", "false"}
        return name if is_name and self._chance.random() < 0.7 else self._quoted(name)

    def _value(self, value: Any, depth: int) -> str:
        if isinstance(value, Block):
            return f"{{\n{self._items(value, depth + 1)}}}"
        if isinstance(value, list):
            end = self._chance.choice(["", ",", ",\n"]) if value else ""
            return f"[{', '.join(self._value(each, depth) for each in value)}{end}]"
        if isinstance(value, bool):
            return json.dumps(value)
        if isinstance(value, int):
            sign, size = "-" if value < 0 else "", abs(value)
            return sign + self._chance.choice([f"{size}", f"0x{size:x}", f"0{size:o}" if size else "0"])
        if isinstance(value, float):
            return repr(value)
        return self._text(value)

    def _text(self, value: str) -> str:
        can_be_heredoc = value.endswith("\n") and "\r" not in value
        if can_be_heredoc and self._chance.random() < 0.6:
            word = "E0T"
            if not any(line.strip("\t\v\f\r ") == word for line in value.split("\n")):
                return f"<<{word}\n{value}{word}\n"
        return self._quoted(value)

    def _quoted(self, value: str) -> str:
        found = "".join(_ESCAPES.get(each, each) for each in value).replace("${", "\\x24{")
        return f'"{found}"'
