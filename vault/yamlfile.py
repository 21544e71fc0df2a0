"""Parse YAML with positions, to nodes and to plain values. Used for access files and manifests.

`compose` reads any YAML 1.2; each node has its position in the text. `parse_documents` is the strict parser of access
files: duplicate keys, merge keys (`<<`), tags and keys that are not strings are mistakes. Anchors are allowed unless
they expand to too many values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from vault.places import Mistake, Place

MOST_VALUES = 200_000
_TAG = "tag:yaml.org,2002:"
_TEXT = {f"{_TAG}str", f"{_TAG}timestamp"}

Keys = tuple[str | int, ...]


class YamlInvalid(Exception):
    """A file is not YAML; `mistake` says where and why."""

    def __init__(self, mistake: Mistake) -> None:
        """Take what is wrong."""
        self.mistake = mistake
        super().__init__(str(mistake))


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A YAML document, or a part of one: its value, and the node it was made from."""

    file: str
    value: Any
    root: Node

    def place(self, *keys: str | int) -> Place:
        """Return the position of a part, or of the innermost existing part around it."""
        begins, part = self.root, self.root
        for key in keys:
            found = part_of(part, key)
            if found is None:
                break
            begins, part = found
        return _place(self.file, begins)

    def place_in(self, keys: Keys, line: int, column: int) -> Place:
        """Return the position of a line of a text, counted from 1; column 0 is the first that is not blank.

        Only the lines of a literal block (`|`) are lines of the file; of another text it is the position of its key.
        """
        part = self.root
        for key in keys:
            found = part_of(part, key)
            if found is None:
                return self.place(*keys)
            part = found[1]
        if not isinstance(part, ScalarNode) or part.style != "|":
            return self.place(*keys)
        number = part.start_mark.line + line
        text = part.value.split("\n")[line - 1] if line <= part.value.count("\n") + 1 else ""
        written = _line_of(part, number)
        indent = len(written) - len(text) if written.endswith(text) else 0
        return Place(self.file, number + 1, indent + (column or len(text) - len(text.lstrip()) + 1))


def _line_of(node: Node, number: int) -> str:
    """Return a line of the file that a node is from, counted from 0; "" if there is none."""
    lines = node.start_mark.buffer.rstrip("\0").split("\n")
    return lines[number].removesuffix("\r") if number < len(lines) else ""


def compose(file: str, text: str) -> list[Node]:
    """Compose the documents of a file. Raises YamlInvalid."""
    try:
        return [node for node in YAML(typ="safe", pure=True).compose_all(text) if node is not None]
    except MarkedYAMLError as error:
        raise YamlInvalid(mistake_of(file, error)) from None
    except (YAMLError, ReaderError, RecursionError, ValueError, LookupError, AttributeError, TypeError) as error:
        # errors of the parser for odd characters, scalars, tags and anchors
        what = (
            "it is nested too deeply" if isinstance(error, RecursionError) else "it contains what YAML does not allow"
        )
        raise YamlInvalid(Mistake(Place(file), f"is not YAML: {what}")) from None


def mistake_of(file: str, error: MarkedYAMLError) -> Mistake:
    """Convert an error of the parser to a one-line mistake with its position."""
    mark = error.problem_mark or error.context_mark
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
    words = _without_text(" ".join(str(error.problem or error.context).split()))
    if words in _MISALIGNED and mark is not None:
        words = f"the line begins in column {mark.column + 1}, where no line of its block does; align it"
    return Mistake(place, f"is not YAML: {words}")


def _without_text(words: str) -> str:
    """Cut the parser's words where they repeat the file, which may be a Secret: it names tokens and signs alone."""
    return words if _OF_THE_PARSER.fullmatch(words) else re.split(r"[\"']", words, maxsplit=1)[0].strip()


# words with nothing in quotes but tokens, such as '<stream end>', and signs, such as ','
_OF_THE_PARSER = re.compile(r"[^\"']*(?:'(?:<[a-z ]+>|[^\w\s\"']{1,3})'[^\"']*)*")
# what the parser says where a line is indented too little for the line above, and too much for the one before
_MISALIGNED = {
    "expected <block end>, but found '<block mapping start>'",
    "expected <block end>, but found '<block sequence start>'",
}


def part_of(node: Node, key: str | int) -> tuple[Node, Node] | None:
    """Return the first node of a part (in a mapping its key), and the part itself. None: there is no such part."""
    if isinstance(node, MappingNode):
        return next(((name, value) for name, value in node.value if str(name.value) == str(key)), None)
    if isinstance(node, SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key], node.value[key]
    return None


def parse_documents(file: str, text: str, mistakes: list[Mistake]) -> list[Document]:
    """Parse a file with any number of documents; empty ones are skipped. Mistakes are added to `mistakes`."""
    try:
        roots = compose(file, text)
    except YamlInvalid as error:
        mistakes.append(error.mistake)
        return []
    found = (_Reader(file, mistakes).document(root) for root in roots if not _is_empty(root))
    return [document for document in found if document is not None]


def _place(file: str, node: Node) -> Place:
    return Place(file, node.start_mark.line + 1, node.start_mark.column + 1)


def _is_empty(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.tag == f"{_TAG}null"


class _TooLarge(Exception):
    """Anchors expand a file to too many values."""


class _Reader:
    """Converts nodes to values and collects mistakes."""

    def __init__(self, file: str, mistakes: list[Mistake]) -> None:
        self._file = file
        self._values = 0
        self._mistakes = mistakes

    def document(self, root: Node) -> Document | None:
        try:
            return Document(self._file, self._value(root), root)
        except (RecursionError, _TooLarge):
            what = f"is nested too deeply, contains itself, or has more than {MOST_VALUES} values"
            self._mistakes.append(Mistake(Place(self._file), what))
            return None

    def _note(self, node: Node, what: str) -> None:
        self._mistakes.append(Mistake(_place(self._file, node), what))

    def _value(self, node: Node) -> Any:
        self._values += 1
        if self._values > MOST_VALUES:
            raise _TooLarge
        if isinstance(node, MappingNode):
            return dict(self._items(node))
        if isinstance(node, SequenceNode):
            return [self._value(each) for each in node.value]
        return self._scalar(node)

    def _items(self, node: MappingNode) -> Iterator[tuple[str, Any]]:
        seen: dict[str, Node] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode) or key.tag not in _TEXT:
                self._note(key, "a key is not a string; put it in quotes")
            elif key.value in seen:
                first = seen[key.value].start_mark.line + 1
                self._note(key, f"{key.value} is a duplicate key; the first is in line {first}")
            else:
                seen[key.value] = key
                yield key.value, self._value(value)

    def _scalar(self, node: Node) -> Any:
        kind = node.tag or ""
        if kind in _TEXT:
            return node.value
        if kind == f"{_TAG}null":
            return None
        if kind == f"{_TAG}bool":
            return node.value.lower() == "true"
        try:
            if kind == f"{_TAG}int":
                return int(node.value.replace("_", ""), 0)
            if kind == f"{_TAG}float":
                return float(node.value)
        except ValueError:
            return node.value  # such as 010 and .inf: the schema wants neither
        self._note(node, f"the tag {kind.removeprefix(_TAG)} has no meaning here")
        return None
