"""How absolute, normal paths lie to each other; as text, without looking at any file system."""

from __future__ import annotations

from collections.abc import Iterator

MAX_PATH_SEGMENTS = 32


def is_within(path: str, directory: str) -> bool:
    """Whether the path is the directory or inside it."""
    return path == directory or path.startswith(f"{directory}/")


def parents(path: str) -> Iterator[str]:
    """The folders that a path is in, innermost first, the root left out."""
    while (path := path.rpartition("/")[0]) != "":
        yield path
