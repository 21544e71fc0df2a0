"""Which volumes the files are in, and where each is mounted in which containers.

A volume is for a group of containers whose files in a directory are the same. A directory inside another one of the
same container is no volume of its own: its files lie in folders of the outer one's. Files that are mounted one by one
are in one volume, whichever containers get them: a container has nothing of it but the files that it mounts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from webhook.admission.annotations.pod_annotations import OpenDirectory, PlacedFile, TemplateSpec
from webhook.admission.plan.file_targets import Target
from webhook.admission.pod.names import FILES_VOLUME
from webhook.config.paths import parents

# A set is bounded by what a secret may be: DynamoDB refuses an item above 400 KB, and formats add to it.
FILE_BYTES = 512 * 1024
# what a template may write, as the agent has it (vault/gotemplate/limits.py)
TEMPLATE_BYTES = 1024 * 1024
# how many files there will be is not known: as much as eight templates
OPEN_BYTES = 8 * TEMPLATE_BYTES
MARGIN_BYTES = 1024 * 1024
MOST_BYTES = 32 * 1024 * 1024


class VolumeMount(NamedTuple):
    """Where a container has a volume, or of it the file `sub_path` alone; "": all of it."""

    container: str
    path: str
    sub_path: str = ""


@dataclass(frozen=True, slots=True)
class FilesVolume:
    """A memory-backed volume: its files by their name in it, and where it is mounted in which containers."""

    name: str
    files: tuple[tuple[str, PlacedFile], ...]
    mounts: tuple[VolumeMount, ...]

    @property
    def size_bytes(self) -> int:
        """Two sets, the old and the new, and a margin."""
        return min(2 * sum(map(_most_bytes, self.files)) + MARGIN_BYTES, MOST_BYTES)


def _most_bytes(file: tuple[str, PlacedFile]) -> int:
    if isinstance(file[1], OpenDirectory):
        return OPEN_BYTES
    return TEMPLATE_BYTES if isinstance(file[1], TemplateSpec) else FILE_BYTES


def plan_volumes(targets: Mapping[str, Sequence[Target]]) -> tuple[FilesVolume, ...]:
    """Group the targets of each container (by its name) into volumes; the order is that of containers, then files."""
    groups: dict[frozenset[tuple[str, str]], dict[VolumeMount, tuple[tuple[str, PlacedFile], ...]]] = {}
    for container, wanted in targets.items():
        whole = [target for target in wanted if not target.spec.is_single]
        directories = {target.directory for target in whole}
        by_root: dict[str, list[tuple[str, PlacedFile]]] = {}
        for target in whole:
            root = _outermost(target.directory, directories)
            by_root.setdefault(root, []).append((target.path.removeprefix(f"{root}/"), target.spec))
        for root, files in by_root.items():
            # one annotation is one file, and quicker to compare
            group = frozenset((name, spec.annotation) for name, spec in files)
            groups.setdefault(group, {})[VolumeMount(container, root)] = tuple(files)
    volumes = [
        FilesVolume(name=f"{FILES_VOLUME}{number}", files=next(iter(mounts.values())), mounts=tuple(mounts))
        for number, mounts in enumerate(groups.values())
    ]
    return (*volumes, *_single_files(f"{FILES_VOLUME}{len(volumes)}", targets))


def _single_files(name: str, targets: Mapping[str, Sequence[Target]]) -> Iterator[FilesVolume]:
    """Yield the volume of the files that are mounted one by one, if there are any.

    There a file is named as its annotation is, which no other has: two directories may each have a tls.key.
    """
    files: dict[str, PlacedFile] = {}
    mounts: list[VolumeMount] = []
    for container, wanted in targets.items():
        for target in wanted:
            if target.spec.is_single:
                files[target.spec.annotation] = target.spec
                mounts.append(VolumeMount(container, target.path, sub_path=target.spec.annotation))
    if mounts:
        yield FilesVolume(name, tuple(files.items()), tuple(mounts))


def _outermost(directory: str, directories: set[str]) -> str:
    """Return the outermost of the directories that one of them is in: itself, where it is in no other."""
    outermost = directory
    for parent in parents(directory):
        if parent in directories:
            outermost = parent
    return outermost
