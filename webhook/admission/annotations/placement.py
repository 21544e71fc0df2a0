"""Check the options that say where a file is, as far as they contradict each other in any Pod.

Facts
- `mount=file` is a mount with `subPath`. Where the volume has nothing of that name when the container starts, the
  kubelet makes a folder of the name (pkg/kubelet/kubelet_pods.go, makeMounts).
"""

from __future__ import annotations

from webhook.admission.annotations.pod_annotations import FileSpec, PlacedFile
from webhook.config.directories import check_single_file, parse_directory
from webhook.config.settings import DEFAULT_DIRECTORY


def check_placement(file: PlacedFile) -> None:
    """Check the directory and the mount of a file. Raises ValueError with the option that is wrong."""
    if not file.is_single:
        _check_directory(file.directory)
        return
    if file.optional:
        raise ValueError(
            "option mount=file cannot be with optional=true: in the place of a file that is missing the kubelet makes "
            "a folder; remove one of them"
        )
    if isinstance(file, FileSpec) and file.format == "map":
        raise ValueError("option mount=file is for one file, and format=map makes a folder of them; remove one of them")
    try:
        # without a directory it is in the Pod's, of which a file cannot take a wrong place
        check_single_file(f"{file.directory or DEFAULT_DIRECTORY}/{file.name}")
    except ValueError as error:
        raise ValueError(f"option mount=file: the file's path {error}") from None


def _check_directory(directory: str | None) -> None:
    if directory is None:
        return
    try:
        parse_directory(directory)
    except ValueError as error:
        raise ValueError(f"option dir= {error}, or mount this file alone with mount=file") from None
