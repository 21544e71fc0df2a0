"""Reads access files from disk: files, folders of them, and the files that they include.

An included file is below the folder that was given, below the folder of the file that was given, or below the current
folder. Whoever may only propose an access file cannot have another file of the applying machine read and quoted.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from vault.places import Mistake, Place
from vault.policy.errors import AccessInvalid
from vault.policy.files.includes import Include, find_includes
from vault.policy.files.model import Access
from vault.policy.files.parse import parse_access

SUFFIXES = (".yaml", ".yml", ".json")


def read_access(places: Iterable[Path]) -> Access:
    """Read files, and the YAML and JSON files of folders by name, without hidden ones. Raises AccessInvalid."""
    files: dict[str, str] = {}
    roots = {Path.cwd().resolve()}
    mistakes: list[Mistake] = []
    for place in places:
        found = _files_of(place) if place.is_dir() else [place]
        roots.add((place if place.is_dir() else place.parent).resolve())
        if not found:
            mistakes.append(Mistake(Place(str(place)), f"has no file that ends with {', '.join(SUFFIXES)}"))
        for file in found:
            try:
                files[str(file)] = file.read_text()
            except (OSError, UnicodeDecodeError) as error:
                mistakes.append(Mistake(Place(str(file)), f"cannot be read: {_words(error)}"))
    included = _read_included(files, roots, mistakes)
    if mistakes:
        raise AccessInvalid(mistakes)
    return parse_access(files.items(), included)


def _files_of(folder: Path) -> list[Path]:
    """List the files of a folder by name, without hidden ones: a mounted ConfigMap repeats each in `..data`."""
    files = (each for each in folder.rglob("*") if each.suffix in SUFFIXES)
    return sorted(each for each in files if not any(part[0] == "." for part in each.relative_to(folder).parts))


def _read_included(files: dict[str, str], roots: Iterable[Path], mistakes: list[Mistake]) -> dict[str, str]:
    """Read what files include, by name."""
    found: dict[str, str] = {}
    for include in (include for name, text in files.items() for include in find_includes(name, text)):
        if include.name not in found and _is_below(include, roots, mistakes):
            try:
                found[include.name] = Path(include.name).read_text()
            except (OSError, UnicodeDecodeError) as error:
                mistakes.append(Mistake(include.place, f"{include.name} cannot be included: {_words(error)}"))
    return found


def _is_below(include: Include, roots: Iterable[Path], mistakes: list[Mistake]) -> bool:
    """Whether a file, wherever links lead to, is where included files may be. If not, that is a mistake."""
    try:
        file = Path(include.name).resolve()
    except (OSError, RuntimeError):  # links that lead in a circle
        file = Path("/")
    if any(file.is_relative_to(root) for root in roots):
        return True
    what = "is neither below the folder of a given file, nor below the current one"
    mistakes.append(Mistake(include.place, f"{include.name} cannot be included: it {what}"))
    return False


def _words(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or "it is not a file") if isinstance(error, OSError) else "is not UTF-8"
