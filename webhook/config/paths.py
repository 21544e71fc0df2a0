"""Relations between absolute, normal paths, as text and without access to a file system."""

from __future__ import annotations

from collections.abc import Iterator

MAX_PATH_SEGMENTS = 32


def is_within(path: str, directory: str) -> bool:
    """Whether the path is the directory or inside it."""
    return path == directory or path.startswith(f"{directory}/")


def parents(path: str) -> Iterator[str]:
    """Return the parent folders of a path, innermost first, without the root."""
    while (path := path.rpartition("/")[0]) != "":
        yield path
