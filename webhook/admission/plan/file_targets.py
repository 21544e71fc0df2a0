"""Which file is to be where in which container."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from webhook.admission.annotations.pod_annotations import PlacedFile


class Target(NamedTuple):
    """A file in a container: what was asked for, its directory, and its absolute path there."""

    spec: PlacedFile
    directory: str
    path: str


def plan_targets(files: Mapping[str, Sequence[PlacedFile]], directory: str) -> dict[str, tuple[Target, ...]]:
    """Return each container's files with their directories: their own, or the Pod's."""
    return {name: tuple([_target(each, each.directory or directory) for each in some]) for name, some in files.items()}


def _target(spec: PlacedFile, directory: str) -> Target:
    return Target(spec, directory, f"{directory}/{spec.name}")
