"""The tokens of a YAML document."""

from __future__ import annotations

STREAM_END = "the end"
DOCUMENT_START, DOCUMENT_END = "---", "..."
BLOCK_SEQUENCE, BLOCK_MAPPING, BLOCK_END = "a list", "a map", "the end of a block"
FLOW_SEQUENCE, FLOW_SEQUENCE_END, FLOW_MAPPING, FLOW_MAPPING_END = "[", "]", "{", "}"
ENTRY, FLOW_ENTRY, KEY, VALUE, SCALAR = "-", ",", "a key", ":", "a scalar"


class Token:
    """A token; a scalar's `text` is what it says, and `is_plain` whether it has no quotes."""

    __slots__ = ("is_plain", "kind", "line", "text")

    def __init__(self, kind: str, line: int, text: str = "", *, is_plain: bool = False) -> None:
        """Take a line that counts from 0."""
        self.kind = kind
        self.line = line
        self.text = text
        self.is_plain = is_plain
