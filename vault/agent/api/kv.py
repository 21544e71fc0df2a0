"""KV version 2: read answers and metadata, and poll for changes without reading the secret."""

from __future__ import annotations

from vault.agent.api.session import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vault.agent.api.session import Session

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


def poll_metadata(session: Session, path: str, known: str = "") -> tuple[int, tuple[object, ...], str]:
    """Ask for the state of a KV version 2 secret: Vault's status, the stamp of the current version or none, and where.

    Where there are several places, and none is known, Vault is asked for the mount; where it does not say, each place.
    Deleting a version does not change the number of the current one; the stamp has more than the number.
    """
    places = [known] if known else metadata_paths(path)
    if len(places) > 1:
        from vault.agent.api.mounts import ask_mount  # noqa: PLC0415 - few paths need it

        mount = ask_mount(session, path)
        places = [each for each in places if mount.path and each.startswith(f"{mount.path}metadata/")] or places
    for place in places:
        answer = session.call(Request(kind="read", path=place))
        if answer.status == 200:  # noqa: PLR2004
            break
    data = (answer.data or {}) if answer.status == 200 else {}  # noqa: PLR2004
    number = data.get("current_version")
    versions = data.get("versions")
    found = versions.get(str(number)) if isinstance(versions, dict) and type(number) is int else None
    return answer.status, stamp_of({**found, "version": number}) if isinstance(found, dict) else (), place
