"""Where the entries of a YAML mapping are in a text, so that one can be replaced and all else stays byte for byte.

Facts (ruamel.yaml's events)
- A mark counts characters from the beginning of the text. A scalar begins at its anchor or tag.
- A block scalar ends where the first line behind it begins; every other scalar ends behind its last character.
- A composed node of an alias has the marks of its anchor; the event of an alias has its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One key with its value: where each begins and ends. `name` is what the key says.

    `key_quote` is the character that the key is quoted with, or "". `is_block`: the value is a block scalar.
    `key_anchor` and `value_anchor` are the anchors that they define, "" for none.
    """

    name: str
    key: tuple[int, int]
    value: tuple[int, int]
    key_quote: str
    is_block: bool
    key_anchor: str
    value_anchor: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping: its entries in their order. `is_flow`: it is written in braces."""

    entries: tuple[Entry, ...]
    is_flow: bool


class Mappings:
    """All mappings of a text, by the position where each begins; `aliases` are the anchors that something refers to."""

    def __init__(self, text: str) -> None:
        """Take a text that has been composed without an error."""
        self.found: dict[int, Mapping] = {}
        self.aliases: set[str] = set()
        events = iter(YAML(typ="safe", pure=True).parse(text))
        for event in events:
            if isinstance(event, CollectionStartEvent):
                self._take(event, events)

    def _take(self, start: Event, events: Iterator[Event]) -> Event:
        """Go through one collection. Returns the event at its end."""
        entries: list[Entry] = []
        key: Event | None = None
        for event in events:
            if isinstance(event, CollectionEndEvent):
                if isinstance(start, MappingStartEvent):
                    self.found[start.start_mark.index] = Mapping(tuple(entries), bool(start.flow_style))
                return event
            if isinstance(event, AliasEvent):
                self.aliases.add(event.anchor)
            end = self._take(event, events) if isinstance(event, CollectionStartEvent) else event
            if key is None:
                key = event
                continue
            if isinstance(key, ScalarEvent):
                entries.append(_entry(key, event, end))
            key = None
        raise AssertionError("a text that has been composed has an end of each collection")


def _entry(key: ScalarEvent, value: Event, end: Event) -> Entry:
    style = value.style if isinstance(value, ScalarEvent) else None
    return Entry(
        name=str(key.value),
        key=(key.start_mark.index, key.end_mark.index),
        value=(value.start_mark.index, end.end_mark.index),
        key_quote=key.style or "",
        is_block=style in {"|", ">"},
        key_anchor=_anchor(key),
        value_anchor=_anchor(value),
    )


def _anchor(event: Event) -> str:
    return event.anchor or "" if isinstance(event, NodeEvent) and not isinstance(event, AliasEvent) else ""
