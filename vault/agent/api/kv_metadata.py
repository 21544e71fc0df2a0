"""What KV version 2 says of a secret beside its values: the stamp of a version, and where its metadata is. Pure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

REFUSED = 403  # the status of a path that the policy does not allow
METADATA = ("version", "created_time", "deletion_time", "destroyed")
_METADATA_KINDS = (int, str, str, bool)  # else it is somebody's words, which a status must not show


def stamp_of(metadata: dict[str, Any]) -> tuple[object, ...]:
    """Return the stamp of a version. It includes the creation time, because a deleted secret restarts at version 1."""
    return tuple(metadata.get(name) for name in METADATA)


def looks_like_version_2(data: dict[str, Any]) -> bool:
    """Whether it is what KV version 2 gives: a version 1 secret may have the two keys, but hardly this metadata."""
    metadata = data.get("metadata")
    return (
        "data" in data
        and isinstance(metadata, dict)
        and all(type(metadata.get(name)) is kind for name, kind in zip(METADATA, _METADATA_KINDS, strict=True))
    )


def has_data_segment(path: str) -> bool:
    """Whether a path may be one of a KV version 2 mount."""
    return "data" in path.split("/")[1:-1]


def has_metadata(path: str) -> bool:
    """Whether there is something that a KV version 2 mount's metadata could be found by."""
    return "data" in path.split("/")[1:]


def metadata_paths(path: str) -> list[str]:
    """Where the metadata of a KV version 2 secret may be: one `data` behind the first segment is the mount's."""
    segments = path.split("/")
    places = [at for at, segment in enumerate(segments) if at and segment == "data"]
    return ["/".join([*segments[:at], "metadata", *segments[at + 1 :]]) for at in places]
