"""Which files each container gets and which volume holds them; everything that two files can get wrong together.

A volume is for a group of containers whose files in a directory are the same. A directory inside another one of the
same container is no volume of its own: its files lie in folders of the outer one's.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from vault.contract.shown import shown
from webhook.admission.annotations.spec import InjectionSpec, OpenDirectory, PlacedFile, TemplateSpec
from webhook.admission.pod.facts import Container
from webhook.admission.pod.names import FILES_VOLUME
from webhook.admission.problems import Problem
from webhook.admission.reasons import Reason
from webhook.config.directories import canonical
from webhook.config.paths import parents

# A set is bounded by what a secret may be: DynamoDB refuses an item above 400 KB, and formats add to it.
FILE_BYTES = 512 * 1024
# what a template may write, as the agent has it (vault/gotemplate/limits.py)
TEMPLATE_BYTES = 1024 * 1024
# how many files there will be is not known: as much as eight templates
OPEN_BYTES = 8 * TEMPLATE_BYTES
MARGIN_BYTES = 1024 * 1024
MOST_BYTES = 32 * 1024 * 1024


class Target(NamedTuple):
    """A file in a container: what was asked for, its directory, and its absolute path there."""

    spec: PlacedFile
    directory: str
    path: str


@dataclass(frozen=True, slots=True)
class FilesVolume:
    """A memory-backed volume: its files by their name in it, and where it is mounted in which containers."""

    name: str
    files: tuple[tuple[str, PlacedFile], ...]
    mounts: tuple[tuple[str, str], ...]

    @property
    def size_bytes(self) -> int:
        """Two sets, the old and the new, and a margin."""
        return min(2 * sum(map(_most_bytes, self.files)) + MARGIN_BYTES, MOST_BYTES)


def _most_bytes(file: tuple[str, PlacedFile]) -> int:
    if isinstance(file[1], OpenDirectory):
        return OPEN_BYTES
    return TEMPLATE_BYTES if isinstance(file[1], TemplateSpec) else FILE_BYTES


def plan_targets(files: Mapping[str, Sequence[PlacedFile]], directory: str) -> dict[str, tuple[Target, ...]]:
    """Return each container's files with their directories: their own, or the Pod's."""
    return {name: tuple([_target(each, each.directory or directory) for each in some]) for name, some in files.items()}


def _target(spec: PlacedFile, directory: str) -> Target:
    return Target(spec, directory, f"{directory}/{spec.name}")


def check_targets(
    targets: Mapping[str, Sequence[Target]], containers: Iterable[Container], spec: InjectionSpec
) -> Iterator[Problem]:
    """Say what cannot be: two files at one path, a file where another one needs a folder, a mount in the way.

    Each is found by an index, so that the work grows with the number of files and of mounts, not with their product.
    Containers that get the same files are looked at together, as far as it is only about the files.
    """
    seen: set[tuple[str, ...]] = set()
    for container in containers:
        wanted = targets.get(container.name)
        if wanted is None:
            continue
        first_of: dict[str, str] = {}
        for target in wanted:
            first_of.setdefault(target.directory, target.spec.annotation)
        files = tuple([target.spec.annotation for target in wanted])  # one annotation is one file, and quicker to hash
        if files not in seen:
            seen.add(files)
            yield from _find_conflicts(container, wanted)
            yield from _find_hidden(first_of)
        yield from _find_mounts_in_the_way(container, first_of, spec)


def _find_conflicts(container: Container, targets: Iterable[Target]) -> Iterator[Problem]:
    """Say which files are at one path, or are a file where another one needs a folder."""
    by_path: dict[str, Target] = {}
    for target in targets:
        path = canonical(target.path)
        if path in by_path:
            other = by_path[path].spec.annotation
            what = f"{target.path} in container {shown(container.name)} is also the file of {other}"
            yield Problem(Reason.DUPLICATE, target.spec.annotation, what)
        else:
            by_path[path] = target
    folders: dict[str, Target] = {}
    for path, target in by_path.items():
        for folder in parents(path):
            if folder in folders:
                break  # and so are those that it is in
            folders[folder] = target
    for path, target in by_path.items():
        if path in folders:
            what = f"{target.path} is a file, but {folders[path].spec.annotation} needs a folder there"
            yield Problem(Reason.DUPLICATE, target.spec.annotation, what)


def _find_hidden(first_of: Mapping[str, str]) -> Iterator[Problem]:
    """Say which directories are one in the container, though they are written in two ways."""
    if len(first_of) == 1:
        return
    places: dict[str, str] = {}
    for place, directory in sorted((canonical(each), each) for each in first_of):
        written = next((places[each] for each in (place, *parents(place)) if each in places), directory)
        if not f"{directory}/".startswith(f"{written}/"):
            what = (
                f"{directory} is at or inside {written} in most images, where /var/run is a link to /run; use the "
                "same spelling for both"
            )
            yield Problem(Reason.DUPLICATE, first_of[directory], what)
        places.setdefault(place, directory)


def _find_mounts_in_the_way(
    container: Container, first_of: Mapping[str, str], spec: InjectionSpec
) -> Iterator[Problem]:
    """Say which directories are at, inside or around a mount that the container has; one mount for each.

    As they are written and as they are with /var/run followed to /run: what is mounted at /var hides that link.
    """
    mounts = [mount for mount in container.mounts if mount != "/"]
    as_written = _MountIndex({mount: mount for mount in mounts})
    followed = _MountIndex({canonical(mount): mount for mount in mounts})
    for directory, annotation in first_of.items():
        mount = as_written.in_the_way(directory) or followed.in_the_way(canonical(directory))
        if mount is not None:
            choice = spec.annotation_of("dir") if spec.renamed else "dir= or omamori.dev/dir"
            yield Problem(
                Reason.MOUNT,
                annotation,
                f"the directory {directory} collides with what container {shown(container.name)} mounts at "
                f"{shown(mount)}; choose another with {choice}",
            )


class _MountIndex:
    """Mounts by their place, to find the ones that a place is in or that are in it without looking at each."""

    def __init__(self, mounts: Mapping[str, str]) -> None:
        self._mounts = mounts
        self._ordered: Sequence[str] = sorted(mounts)

    def in_the_way(self, place: str) -> str | None:
        for each in (place, *parents(place)):
            if each in self._mounts:
                return self._mounts[each]
        inside = bisect_left(self._ordered, f"{place}/")
        if inside < len(self._ordered) and self._ordered[inside].startswith(f"{place}/"):
            return self._mounts[self._ordered[inside]]
        return None


def plan_volumes(targets: Mapping[str, tuple[Target, ...]]) -> tuple[FilesVolume, ...]:
    """Group the targets of each container (by its name) into volumes; the order is that of containers, then files."""
    groups: dict[frozenset[tuple[str, str]], dict[tuple[str, str], tuple[tuple[str, PlacedFile], ...]]] = {}
    for container, wanted in targets.items():
        directories = {target.directory for target in wanted}
        by_root: dict[str, list[tuple[str, PlacedFile]]] = {}
        for target in wanted:
            root = _outermost(target.directory, directories)
            by_root.setdefault(root, []).append((target.path.removeprefix(f"{root}/"), target.spec))
        for root, files in by_root.items():
            # one annotation is one file, and quicker to compare
            group = frozenset((name, spec.annotation) for name, spec in files)
            groups.setdefault(group, {})[container, root] = tuple(files)
    return tuple(
        FilesVolume(name=f"{FILES_VOLUME}{number}", files=next(iter(mounts.values())), mounts=tuple(mounts))
        for number, mounts in enumerate(groups.values())
    )


def _outermost(directory: str, directories: set[str]) -> str:
    """Return the outermost of the directories that one of them is in: itself, where it is in no other."""
    outermost = directory
    for parent in parents(directory):
        if parent in directories:
            outermost = parent
    return outermost
