"""Replace annotations in the text of a manifest. What is not replaced keeps its bytes; no comment is lost."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from webhook.migrate.vault_k8s.scalars import render_inline, render_key, render_literal
from webhook.migrate.vault_k8s.yamltext import Entry
from webhook.migrate.vault_k8s.yamltext import Mapping as Written

_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#[^\r\n]*")


@dataclass(frozen=True, slots=True)
class Annotation:
    """An annotation to be written."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Some text in place of what is between two positions."""

    start: int
    end: int
    text: str


Replacements = Mapping[str, Sequence[Annotation]]


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """Apply edits that do not overlap."""
    parts: list[str] = []
    position = 0
    for edit in sorted(edits, key=lambda each: each.start):
        parts += [text[position : edit.start], edit.text]
        position = edit.end
    return "".join([*parts, text[position:]])


def is_kept(value: str, lines: Sequence[Annotation]) -> bool:
    """Whether a value stays as it is written, behind the key of the last annotation in its place."""
    return bool(lines) and lines[-1].text == value


def edits_of(text: str, written: Written, values: Mapping[str, str], replacements: Replacements) -> list[Edit]:
    """Return the edits that put annotations in the place of others, by the name of the old one.

    `values` are the texts of the old ones: a new one of the same text keeps it as it is written. An empty list removes.
    Raises ValueError, which says why the mapping cannot be edited.
    """
    if written.is_flow:
        return _flow_edits(text, written, values, replacements)
    return [
        edit
        for entry in written.entries
        if entry.name in replacements
        for edit in _block_edits(text, entry, values[entry.name], replacements[entry.name])
    ]


def _block_edits(text: str, entry: Entry, value: str, lines: Sequence[Annotation]) -> Iterator[Edit]:
    start = _line_start(text, entry.key[0])
    indent = text[start : entry.key[0]]
    if indent.strip(" "):
        raise ValueError("is not at the beginning of its line")
    line_end = text.find("\n", entry.key[0])  # the last line may have none
    newline = "\r\n" if text[: line_end + 1].endswith("\r\n") or (line_end < 0 and "\r\n" in text) else "\n"
    kept = lines[-1] if is_kept(value, lines) else None
    above = [f"{_rendered(each, entry, indent, newline)}{newline}{indent}" for each in lines if each is not kept]
    if kept is not None:
        yield Edit(*entry.key, "".join(above) + render_key(kept.name, entry.key_quote))
        return
    between = text[entry.key[1] : entry.value[0]]
    end = entry.value[1] if entry.is_block else _line_end(text, entry.value[1])
    behind = "" if entry.is_block else text[entry.value[1] : end]
    header = text[entry.value[0] : _line_end(text, entry.value[0])] if entry.is_block else ""
    comments = [f"{each}{newline}{indent}" for part in (between, header, behind) for each in _COMMENT.findall(part)]
    replaced = "".join([*comments, *above])[: -len(indent) or None]
    if replaced and not text[start:end].endswith("\n"):
        replaced = replaced.removesuffix(newline)  # the last line of a file that has no end
    yield Edit(start, end, indent + replaced if replaced else "")


def _rendered(each: Annotation, entry: Entry, indent: str, newline: str) -> str:
    key = render_key(each.name, entry.key_quote)
    literal = render_literal(each.text, len(indent) + 2, newline)
    return f"{key}: {literal or render_inline(each.text)}"


def _flow_edits(text: str, written: Written, values: Mapping[str, str], replacements: Replacements) -> list[Edit]:
    """Return one edit from the first entry to the end of the last: entries with what separates them."""
    entries = written.entries
    gaps = [text[one.value[1] : next_one.key[0]] for one, next_one in itertools.pairwise(entries)]
    if any("#" in gap for gap in gaps):
        raise ValueError("is in braces, with comments between its entries")
    usual = gaps[0] if gaps else ", "
    pieces: list[str] = []
    for gap, entry in zip([usual, *gaps], entries, strict=True):
        whole = text[entry.key[0] : entry.value[1]]
        new = [whole] if entry.name not in replacements else _flow_entry(text, entry, values, replacements[entry.name])
        for number, each in enumerate(new):
            pieces += [usual if number else gap, each]
    return [Edit(entries[0].key[0], entries[-1].value[1], "".join(pieces[1:]))]


def _flow_entry(text: str, entry: Entry, values: Mapping[str, str], lines: Sequence[Annotation]) -> list[str]:
    is_json = entry.key_quote == '"'
    return [
        render_key(each.name, entry.key_quote)
        + (
            text[entry.key[1] : entry.value[1]]
            if each is lines[-1] and is_kept(values[entry.name], lines)
            else f": {render_inline(each.text, is_json=is_json)}"
        )
        for each in lines
    ]


def _line_start(text: str, position: int) -> int:
    return text.rfind("\n", 0, position) + 1


def _line_end(text: str, position: int) -> int:
    """Return the position behind the line's end."""
    found = text.find("\n", position)
    return len(text) if found < 0 else found + 1
