"""Rule: how what Vault has given is renewed, and how a KV version 2 secret is looked at without reading it.

No increment is asked for, so that Vault gives what it gave at first, or what is left of its maximum.

Fact: for what is past its maximum Vault answers 500, not 400 ("past the max TTL, cannot renew"), as for an engine that
cannot reach its database. In both cases something new is asked for.
"""

from __future__ import annotations

import json

from vault.agent.answers import NotVault, parse_auth
from vault.agent.fetch import stamp_of
from vault.agent.secret import Secret
from vault.agent.session import Request
from vault.errors import VaultUnreachable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.answers import Answer, Lease
    from vault.agent.session import Session

REFUSED = 403


def renew_token(session: Session) -> int | None:
    """Renew the token of a session. Gives its seconds from now on, or None where Vault does not."""
    answer = _ask(session, "auth/token/renew-self", b"{}")
    try:
        return None if answer is None else parse_auth(answer).seconds
    except NotVault:
        return None


def renew_lease(session: Session, lease: Lease) -> int | None:
    """Renew a lease. Gives its seconds from now on, or None where Vault does not."""
    answer = _ask(session, "sys/leases/renew", json.dumps({"lease_id": lease.id.reveal()}).encode())
    return None if answer is None or answer.lease is None else answer.lease.seconds


def _ask(session: Session, path: str, body: bytes) -> Answer | None:
    try:
        answer = session.call(Request(kind="read", path=path, body=Secret(body)))
    except VaultUnreachable as failure:
        if not failure.status:
            raise
        return None
    return answer if answer.status == 200 else None  # noqa: PLR2004


def has_metadata(path: str) -> bool:
    """Whether there is something that a KV version 2 mount's metadata could be found by."""
    return "data" in path.split("/")[1:]


def metadata_paths(path: str) -> list[str]:
    """Where the metadata of a KV version 2 secret may be: one `data` behind the first segment is the mount's."""
    segments = path.split("/")
    places = [at for at, segment in enumerate(segments) if at and segment == "data"]
    return ["/".join([*segments[:at], "metadata", *segments[at + 1 :]]) for at in places]


def look(session: Session, path: str, known: str = "") -> tuple[int, tuple[object, ...], str]:
    """Ask for the state of a KV version 2 secret: Vault's status, the stamp of the current version or none, and where.

    Where there are several places, and none is known, Vault is asked for the mount; where it does not say, each place.
    Deleting a version does not change the number of the current one; the stamp has more than the number.
    """
    places = [known] if known else metadata_paths(path)
    if len(places) > 1:
        from vault.agent.mounts import ask_mount  # noqa: PLC0415 - few paths need it

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
