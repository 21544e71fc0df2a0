"""Rule: which files each container gets and which volume holds them; everything that two wishes can get wrong together.

A volume is for a group of containers whose files in a directory are the same. A directory inside another one of the
same container is no volume of its own: its files lie in folders of the outer one's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from webhook.errors import Problem
from webhook.paths import is_within, parents
from webhook.pod import FILES_VOLUME, Container
from webhook.wish import FileWish

# A set is bounded by what a secret may be: DynamoDB refuses an item above 400 KB, and formats add to it.
FILE_BYTES = 512 * 1024
MARGIN_BYTES = 1024 * 1024
MOST_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Target:
    """A file in a container: the wish, and its absolute path there."""

    wish: FileWish
    directory: str

    @property
    def path(self) -> str:
        """Where the application finds it."""
        return f"{self.directory}/{self.wish.name}"


@dataclass(frozen=True, slots=True)
class FilesVolume:
    """A memory-backed volume: its files by their name in it, and where it is mounted in which containers."""

    name: str
    files: tuple[tuple[str, FileWish], ...]
    mounts: tuple[tuple[str, str], ...]

    @property
    def size_bytes(self) -> int:
        """Two sets, the old and the new, and a margin."""
        return min(2 * FILE_BYTES * len(self.files) + MARGIN_BYTES, MOST_BYTES)


def find_conflicts(container: Container, targets: Iterable[Target]) -> Iterator[Problem]:
    """Say what cannot be: two files at one path, a file where another one needs a folder, a mount in the way."""
    by_path: dict[str, Target] = {}
    for target in targets:
        annotation, path = target.wish.annotation, target.path
        if path in by_path:
            other = by_path[path].wish.annotation
            yield Problem("duplicate", annotation, f"{path} in container {container.name} is also the file of {other}")
            continue
        by_path[path] = target
    folders = {parent: target for target in by_path.values() for parent in parents(target.path)}
    for path, target in by_path.items():
        if path in folders:
            other = folders[path].wish.annotation
            yield Problem("duplicate", target.wish.annotation, f"{path} is a file, and a folder for {other}")
    for directory in dict.fromkeys(target.directory for target in by_path.values()):
        annotation = next(target.wish.annotation for target in by_path.values() if target.directory == directory)
        for mount in container.mounts:
            normal = mount.rstrip("/") or "/"
            if normal != "/" and (is_within(directory, normal) or is_within(normal, directory)):
                yield Problem(
                    "mount",
                    annotation,
                    f"the directory {directory} collides with what container {container.name} mounts at {mount}; "
                    "choose another with dir= or omamori.dev/dir",
                )


def plan_volumes(targets: Mapping[str, tuple[Target, ...]]) -> tuple[FilesVolume, ...]:
    """Group the targets of each container (by its name) into volumes; the order is that of containers, then files."""
    groups: dict[frozenset[tuple[str, FileWish]], dict[tuple[str, str], tuple[tuple[str, FileWish], ...]]] = {}
    for container, wanted in targets.items():
        roots = _outermost(target.directory for target in wanted)
        for root in roots:
            files = tuple(
                (target.path.removeprefix(f"{root}/"), target.wish)
                for target in wanted
                if is_within(target.directory, root)
            )
            groups.setdefault(frozenset(files), {})[container, root] = files
    return tuple(
        FilesVolume(name=f"{FILES_VOLUME}{number}", files=next(iter(mounts.values())), mounts=tuple(mounts))
        for number, mounts in enumerate(groups.values())
    )


def _outermost(directories: Iterable[str]) -> list[str]:
    distinct = list(dict.fromkeys(directories))
    return [each for each in distinct if not any(other != each and is_within(each, other) for other in distinct)]
