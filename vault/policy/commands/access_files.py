"""Reads access files from disk: files, and folders of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from vault.places import Mistake, Place
from vault.policy.errors import AccessInvalid
from vault.policy.files.model import Access
from vault.policy.files.parse import parse_access

SUFFIXES = (".yaml", ".yml", ".json")


def read_access(places: Iterable[Path]) -> Access:
    """Read files, and the YAML and JSON files of folders by name, without hidden ones. Raises AccessInvalid."""
    files: list[tuple[str, str]] = []
    mistakes: list[Mistake] = []
    for place in places:
        found = _files_of(place) if place.is_dir() else [place]
        if not found:
            mistakes.append(Mistake(Place(str(place)), f"has no file that ends with {', '.join(SUFFIXES)}"))
        for file in found:
            try:
                files.append((str(file), file.read_text()))
            except (OSError, UnicodeDecodeError) as error:
                words = error.strerror if isinstance(error, OSError) else "is not UTF-8"
                mistakes.append(Mistake(Place(str(file)), f"cannot be read: {words}"))
    if mistakes:
        raise AccessInvalid(mistakes)
    return parse_access(files)


def _files_of(folder: Path) -> list[Path]:
    """List the files of a folder by name, without hidden ones: a mounted ConfigMap repeats each in `..data`."""
    files = (each for each in folder.rglob("*") if each.suffix in SUFFIXES)
    return sorted(each for each in files if not any(part[0] == "." for part in each.relative_to(folder).parts))
