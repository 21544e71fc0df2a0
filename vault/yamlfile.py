"""YAML to plain values that remember where each of them stands.

YAML 1.2's core schema. A key twice in a mapping is a mistake; so are merge keys (`<<`), tags and keys that are no
strings. Anchors are allowed, as far as they do not blow a file up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: its value, and the place of each part of it by the keys that lead there."""

    file: str
    value: Any
    places: Mapping[Keys, Place]

    def place(self, *keys: str | int) -> Place:
        """Where a part stands; where there is no such part, the innermost one around it."""
        while keys not in self.places:
            keys = keys[:-1]
        return self.places[keys]


def parse_documents(file: str, text: str, mistakes: list[Mistake]) -> list[Document]:
    """Parse a file of any number of documents; empty ones are left out. What is wrong is added to `mistakes`."""
    try:
        roots = [node for node in YAML(typ="safe", pure=True).compose_all(text) if node is not None]
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        words = " ".join(str(error.problem or error.context).split())
        mistakes.append(Mistake(place, f"is no YAML: {words}"))
        return []
    except (YAMLError, ReaderError, RecursionError, ValueError) as error:
        what = "it is nested too deeply" if isinstance(error, RecursionError) else "it has what YAML does not allow"
        mistakes.append(Mistake(Place(file), f"is no YAML: {what}"))
        return []
    found = (_Reader(file, mistakes).document(root) for root in roots if not _is_empty(root))
    return [document for document in found if document is not None]


def _is_empty(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.tag == f"{_TAG}null"


class _TooLarge(Exception):
    """Anchors have made a small file large."""


class _Reader:
    """Turns nodes into values, and collects places and mistakes."""

    def __init__(self, file: str, mistakes: list[Mistake]) -> None:
        self._file = file
        self._places: dict[Keys, Place] = {}
        self._mistakes = mistakes

    def document(self, root: Node) -> Document | None:
        try:
            value = self._value(root, (), self._place(root))
        except (RecursionError, _TooLarge):
            what = f"is nested too deeply, contains itself, or has more than {MOST_VALUES} values"
            self._mistakes.append(Mistake(Place(self._file), what))
            return None
        return Document(self._file, value, self._places)

    def _place(self, node: Node) -> Place:
        return Place(self._file, node.start_mark.line + 1, node.start_mark.column + 1)

    def _value(self, node: Node, keys: Keys, place: Place) -> Any:
        self._places[keys] = place
        if len(self._places) > MOST_VALUES:
            raise _TooLarge
        if isinstance(node, MappingNode):
            return dict(self._items(node, keys))
        if isinstance(node, SequenceNode):
            return [self._value(each, (*keys, number), self._place(each)) for number, each in enumerate(node.value)]
        return self._scalar(node)

    def _items(self, node: MappingNode, keys: Keys) -> Iterator[tuple[str, Any]]:
        seen: dict[str, Place] = {}
        for key, value in node.value:
            place = self._place(key)
            if not isinstance(key, ScalarNode) or key.tag not in _TEXT:
                self._mistakes.append(Mistake(place, "a key is not a string; put it in quotes"))
            elif key.value in seen:
                before = seen[key.value]
                self._mistakes.append(Mistake(place, f"{key.value} is here twice; the first is in line {before.line}"))
            else:
                seen[key.value] = place
                yield key.value, self._value(value, (*keys, key.value), place)

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
        self._mistakes.append(Mistake(self._place(node), f"the tag {kind.removeprefix(_TAG)} has no meaning here"))
        return None
