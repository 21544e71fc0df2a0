"""Includes: the mounts and auth methods that several access files share, written once in a file of their own.

An included file has mounts and auth methods and nothing else, so that whoever reads a file sees in that file alone
whose it is, and who gets what. For the same reason it includes no further file, and there can be no cycle.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from vault.places import Mistake, Place
from vault.yamlfile import Document, parse_documents

KEY = "include"
SHARED = ("accessVersion", "mounts", "auth")
_FILE = re.compile(r"^[^/\0][^\0]*[.](yaml|yml|json)\Z")  # as the schema has it
_STANDARD_INPUT = "/dev/stdin"


@dataclass(frozen=True, slots=True)
class Include:
    """An included file: `name` as it is opened and shown, and where it is included."""

    name: str
    place: Place


def includes_of(document: Document) -> tuple[Include, ...]:
    """Return what a document includes; entries of another shape are left to the schema."""
    listed = document.value.get(KEY) if isinstance(document.value, dict) else None
    if not isinstance(listed, list):
        return ()
    return tuple(
        Include(_name(document.file, text), document.place(KEY, number))
        for number, text in enumerate(listed)
        if isinstance(text, str) and _FILE.search(text)
    )


def find_includes(name: str, text: str) -> tuple[Include, ...]:
    """Return what the documents of a file include, so that it can be read. Mistakes are left to `parse_access`."""
    if KEY not in text:  # most files have none, and need not be parsed twice
        return ()
    return tuple(include for document in parse_documents(name, text, []) for include in includes_of(document))


def with_included(
    documents: Iterable[Document], texts: Mapping[str, str], mistakes: list[Mistake]
) -> Iterator[tuple[Document, tuple[Document, ...]]]:
    """Yield each document with those that it includes. What is missing in `texts`, and what is wrong, are mistakes."""
    parsed: dict[str, tuple[Document, ...]] = {}
    for document in documents:
        found: list[Document] = []
        for include in dict.fromkeys(includes_of(document)):
            if include.name not in texts:
                mistakes.append(Mistake(include.place, f"{include.name} is included, and was not read"))
                continue
            if include.name not in parsed:
                parsed[include.name] = _parse(include, texts[include.name], mistakes)
            found += parsed[include.name]
        yield document, tuple(found)


def _parse(include: Include, text: str, mistakes: list[Mistake]) -> tuple[Document, ...]:
    documents = tuple(parse_documents(include.name, text, mistakes))
    if not documents and not any(mistake.place.file == include.name for mistake in mistakes):
        mistakes.append(Mistake(Place(include.name), f"is empty, and {include.place} includes it"))
    for document in documents:
        for key in document.value if isinstance(document.value, dict) else ():
            if key not in SHARED:
                what = (
                    f"{key} cannot be in a file that is included, as {include.place} does: it has mounts and auth alone"
                )
                mistakes.append(Mistake(document.place(key), what))
    return documents


def _name(file: str, text: str) -> str:
    """Return the name of a file that is named relative to another one; standard input is in the current folder."""
    folder = "" if file == _STANDARD_INPUT else posixpath.dirname(file)
    return posixpath.normpath(posixpath.join(folder, text))
