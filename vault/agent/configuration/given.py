"""A file by the table: the values of its options, with what is wrong and what there is to say of each."""

from __future__ import annotations

from vault.agent.configuration.options import HONOURED, REFUSED, Block
from vault.agent.configuration.table import BLOCKS, OPTIONS
from vault.contract.shown import MAX_NAME_CHARACTERS, shown
from vault.hcl.nodes import ListNode, ObjectNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vault.hcl.nodes import Item, Node

_MOST_FINDINGS = 50
_WHOLE_FILE = Block(name="")


class Findings:
    """What is wrong with the files of a Pod, and what there is to say of them: a text each, file and line in front."""

    __slots__ = ("problems", "warnings")

    def __init__(self) -> None:
        """Begin with none."""
        self.problems: list[str] = []
        self.warnings: list[str] = []


class GivenFile:
    """One file that is read. `name` is its key in the ConfigMap."""

    __slots__ = ("_findings", "name")

    def __init__(self, name: str, findings: Findings) -> None:
        """Add what is found to `findings`, of each kind a bounded number."""
        self.name = name
        self._findings = findings

    def refuse(self, line: int, option: str, what: str) -> None:
        """Say what cannot be."""
        self._add(self._findings.problems, line, option, what)

    def warn(self, line: int, option: str, what: str) -> None:
        """Say what is another way than it is written."""
        self._add(self._findings.warnings, line, option, what)

    def place(self, line: int) -> str:
        """Return where something stands."""
        return f"{shown(self.name, MAX_NAME_CHARACTERS)} line {line}"

    def _add(self, found: list[str], line: int, option: str, what: str) -> None:
        if len(found) < _MOST_FINDINGS:
            found.append(f"{self.place(line)}: {f'{option}: ' if option else ''}{what}")


class GivenBlock:
    """A block that was read. `values` are those of its honoured options, by the last part of their names."""

    __slots__ = ("_blocks", "_file", "_lines", "line", "name", "values")

    def __init__(self, file: GivenFile, name: str, line: int) -> None:
        """Begin with nothing. `name` has the blocks that it is in, with dots; "" is the whole file."""
        self._file = file
        self._blocks: dict[str, list[GivenBlock]] = {}
        self._lines: dict[str, int] = {}
        self.name = name
        self.line = line
        self.values: dict[str, Any] = {}

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of an option; `default` where it is not given, or is wrong."""
        return self.values.get(name, default)

    def is_given(self, name: str) -> bool:
        """Whether an option is given, right or wrong."""
        return name in self._lines

    def all(self, name: str) -> list[GivenBlock]:
        """Return the blocks of a name in it."""
        return self._blocks.get(name, [])

    def one(self, name: str) -> GivenBlock:
        """Return the block of a name that may be there once; an empty one where it is not."""
        found = self.all(name)
        return found[0] if found else GivenBlock(self._file, self._path(name), self.line)

    def refuse(self, option: str, what: str) -> None:
        """Say what is wrong with an option, or ("") with the block."""
        self._file.refuse(self._lines.get(option, self.line), self._path(option), what)

    def warn(self, option: str, what: str) -> None:
        """Say what is another way than an option says it."""
        self._file.warn(self._lines.get(option, self.line), self._path(option), what)

    def place(self, option: str = "") -> str:
        """Return where an option, or ("") the block, stands."""
        return self._file.place(self._lines.get(option, self.line))

    def _path(self, name: str) -> str:
        return f"{self.name}.{name}".strip(".")

    def take(self, item: Item) -> None:
        """Take what an item says: an option, a block, or several blocks."""
        name = item.keys[0]
        path = self._path(name)
        if path in BLOCKS:
            self._take_blocks(name, BLOCKS[path], item)
        elif path in OPTIONS:
            self._take_option(name, item)
        else:
            named = shown(self._path(shown(name, MAX_NAME_CHARACTERS)))
            self._file.refuse(item.line, named, "omamori knows no such option of vault agent; take it out")

    def _take_option(self, name: str, item: Item) -> None:
        row = OPTIONS[self._path(name)]
        if row.fate == HONOURED and (name in self._lines or len(item.keys) > 1):
            what = "is given twice" if name in self._lines else "has a label, which means nothing here"
            self._file.refuse(item.line, row.name, what)
            return
        self._lines[name] = item.line
        try:
            value = row.parse(item.value)
        except ValueError as error:
            self.refuse(name, str(error))
            return
        if row.fate == HONOURED:
            self.values[name] = value
        elif value is not None and value not in row.harmless:
            (self.refuse if row.fate == REFUSED else self.warn)(name, row.words)

    def _take_blocks(self, name: str, block: Block, item: Item) -> None:
        labels = item.keys[1:]
        for each in _objects(item.value):
            if each is None:
                self._file.refuse(item.line, block.name, "is not a block; write { } around its options")
                return
            more, inner = _unlabelled(block, each) if block.has_type and not labels else ((), each)
            if len(labels) > block.has_type:
                self._file.refuse(item.line, block.name, "has a label, which means nothing here")
                return
            if not block.repeats and name in self._blocks:
                self._file.refuse(each.line, block.name, "is there twice; vault agent takes one")
                return
            found = read_block(self._file, block.name, inner, item.line if each is item.value else each.line)
            for label in (*labels, *more):
                if not found.is_given("type"):
                    found.values["type"] = label.lower()
            self._blocks.setdefault(name, []).append(found)


def read_block(file: GivenFile, name: str, node: ObjectNode, line: int) -> GivenBlock:
    """Read a block; what is wrong with it is added to what was found in the file."""
    found = GivenBlock(file, name, line)
    for item in node.items:
        found.take(item)
    return found


def _objects(node: Node) -> list[ObjectNode | None]:
    """Return an object, or those of a list, as JSON writes several blocks; None for what is neither."""
    nodes = node.elements if isinstance(node, ListNode) else (node,)
    return [each if isinstance(each, ObjectNode) else None for each in nodes]


def _unlabelled(block: Block, node: ObjectNode) -> tuple[tuple[str, ...], ObjectNode]:
    """Return the label and the object of `{"file": {…}}`, as JSON writes a label; else no label."""
    if len(node.items) != 1 or len(node.items[0].keys) != 1:
        return (), node
    (item,) = node.items
    name = f"{block.name}.{item.keys[0]}"
    inner = _objects(item.value)
    if name in BLOCKS or name in OPTIONS or len(inner) != 1 or inner[0] is None:
        return (), node
    return item.keys, inner[0]
