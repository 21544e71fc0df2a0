"""What files that are mounted one by one cannot have beside them, or around them.

Facts
- A mount needs a mount point, and the container runtime makes it: an empty file, in whatever is mounted around it.
  Where that is read-only it cannot, and the container never starts; nor in a ConfigMap's or a Secret's volume, where
  the kubelet makes a folder (volume/util/nested_volumes.go). In a volume that is written to, that file stays.
- A file is mounted as it is when the container starts: what the agent writes later is another file
  (kubernetes.io/docs/concepts/storage/volumes, Using subPath).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from vault.contract.shown import shown
from webhook.admission.annotations.pod_annotations import InjectionSpec
from webhook.admission.plan.file_targets import Target
from webhook.admission.plan.mount_index import ContainerMounts
from webhook.admission.pod.facts import Container
from webhook.admission.pod.read_only import NO_FOLDER, READ_ONLY
from webhook.admission.problems import Problem
from webhook.admission.reasons import Reason
from webhook.config.directories import canonical
from webhook.config.paths import parents


def check_single_files(spec: InjectionSpec) -> Iterator[Problem]:
    """Say which files a sidecar could not keep fresh."""
    if spec.mode != "sidecar" or not spec.has_single_files:
        return
    for file in spec.placed:
        if file.is_single:
            what = (
                "mount=file works only in mode init: a single file stays as it is when the container starts, so a "
                "sidecar could never refresh it; remove mount=file, or omamori.dev/mode"
            )
            yield Problem(Reason.SIDECAR, file.annotation, what)


def find_covered(files: Iterable[Target], first_of: Mapping[str, str]) -> Iterator[Problem]:
    """Say which files are in a directory of ours that is mounted whole; `first_of` has a file of each of these."""
    places = {canonical(directory): directory for directory in first_of}
    for file in files:
        around = next((places[each] for each in parents(canonical(file.path)) if each in places), None)
        if around is not None:
            what = (
                f"{file.path} is in {around}, which is mounted whole and read-only for {first_of[around]}: give that "
                "one mount=file, too, or one of them another dir="
            )
            yield Problem(Reason.MOUNT, file.spec.annotation, what)


def find_wrong_mounts(container: Container, mounts: ContainerMounts, files: Iterable[Target]) -> Iterator[Problem]:
    """Say which files are at or around a mount of the container, or in one where no mount point can be made."""
    closed = dict(container.closed_mounts)
    for file in files:
        same = mounts.inside(file.path)
        for mount in mounts.around(file.path):
            if canonical(mount) == canonical(file.path):
                same = mount
            elif mount in closed:
                yield _closed(container, file, mount, closed[mount])
                break
        if same is not None:
            what = (
                f"the file {file.path} collides with what container {shown(container.name)} mounts at {shown(same)}; "
                "choose another place with as= or dir="
            )
            yield Problem(Reason.MOUNT, file.spec.annotation, what)


def _closed(container: Container, file: Target, mount: str, kind: str) -> Problem:
    place = f"{file.path} is in what container {shown(container.name)} mounts at {shown(mount)}"
    if kind == NO_FOLDER:
        what = f"{place}, which is no folder; choose another dir="
    else:
        why = "with readOnly: true" if kind == READ_ONLY else f"a volume of the kind {kind}, which is always read-only"
        what = (
            f"{place}, {why}: the container runtime cannot make the file's mount point there, and the container would "
            "never start; mount the files of that volume one by one with subPath, or choose another dir="
        )
    return Problem(Reason.MOUNT, file.spec.annotation, what)
