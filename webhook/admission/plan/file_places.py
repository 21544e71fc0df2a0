"""Everything that two files, or a file and a mount of the container, can get wrong together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from vault.contract.shown import shown
from webhook.admission.annotations.pod_annotations import InjectionSpec
from webhook.admission.plan.file_targets import Target
from webhook.admission.plan.mount_index import ContainerMounts
from webhook.admission.plan.single_files import find_covered, find_wrong_mounts
from webhook.admission.pod.facts import Container
from webhook.admission.problems import Problem
from webhook.admission.reasons import Reason
from webhook.config.directories import canonical
from webhook.config.paths import parents


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
        single = []
        for target in wanted:
            if target.spec.is_single:
                single.append(target)
            else:
                first_of.setdefault(target.directory, target.spec.annotation)
        files = tuple([target.spec.annotation for target in wanted])  # one annotation is one file, and quicker to hash
        if files not in seen:
            seen.add(files)
            yield from _find_conflicts(container, wanted)
            yield from _find_hidden(first_of)
            yield from find_covered(single, first_of)
        mounts = ContainerMounts(container.mounts)
        yield from _find_mounts_in_the_way(container, mounts, first_of, spec)
        yield from find_wrong_mounts(container, mounts, single)


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
    if len(first_of) <= 1:
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
    container: Container, mounts: ContainerMounts, first_of: Mapping[str, str], spec: InjectionSpec
) -> Iterator[Problem]:
    """Say which directories are at, inside or around a mount that the container has; one mount for each."""
    for directory, annotation in first_of.items():
        mount = mounts.in_the_way(directory)
        if mount is not None:
            choice = spec.annotation_of("dir") if spec.renamed else "dir= or omamori.dev/dir"
            yield Problem(
                Reason.MOUNT,
                annotation,
                f"the directory {directory} collides with what container {shown(container.name)} mounts at "
                f"{shown(mount)}; choose another with {choice}",
            )
