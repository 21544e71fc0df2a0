"""Poll the metadata of a KV version 2 secret: whether it has changed, without reading it."""

from __future__ import annotations

from vault.agent.api.kv_metadata import metadata_paths, stamp_of
from vault.agent.api.session import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.api.session import Session


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
