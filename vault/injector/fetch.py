"""Rule: from a path to a secret's keys and values, whatever engine answers; each read of a Plan is one call.

Facts
- A KV version 2 answer is `{"data": {…}, "metadata": {…}}` inside `data`. A version 1 secret may have two keys of these
  names, so it counts as version 2 only where the metadata has what Vault puts there, and the path has a `data` segment.
  Where these disagree, and where a version is asked for (version 1 ignores it and gives the current value), Vault is
  asked: sys/internal/ui/mounts/PATH answers to every token that may see the path.
- Deleted: 404 with a deletion_time; destroyed: 404 with `destroyed`; absent: 404 with no errors.
"""

from __future__ import annotations

import json

from vault.errors import LeaseRefused, PathNotFound, PathRefused
from vault.injector.hints import absent_hint, refused_hint
from vault.injector.secret import Secret
from vault.injector.session import Request
from vault.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vault import contract
    from vault.injector.answers import Answer, Lease
    from vault.injector.session import Session

METADATA = ("version", "created_time", "deletion_time", "destroyed")
_CREATING_SEGMENTS = ("creds", "issue", "sign")


class Fetched(Value):
    """A secret: its keys and values. What has a lease ends with the token it was read by.

    `stamp` is what tells one state of a KV version 2 secret from another, in the order of METADATA; else it is empty.
    """

    values: Secret[dict[str, Any]]
    lease: Lease | None = None
    stamp: tuple[object, ...] = ()

    @property
    def can_be_looked_at(self) -> bool:
        """Whether the stamp tells of every change. A version that is to be deleted at some time does not."""
        return bool(self.stamp) and not self.stamp[METADATA.index("deletion_time")]


def fetch(session: Session, plan: contract.Session, read: contract.Read) -> Fetched:
    """Read one path. Raises PathRefused, PathNotFound, LeaseRefused, and what `Session.call` raises."""
    answer = session.call(_request(read))
    if answer.status in (200, 204):
        values, stamp = _values(session, read, answer)
        if read.version is not None and not stamp:
            raise PathNotFound(
                f"{read.path} has no version {read.version}: it is in no KV version 2 mount",
                hint="leave the @version out, or upgrade the mount to KV version 2",
                vault=plan.vault,
                role=plan.role,
                path=read.path,
            )
        _check_lease(session, plan, read, answer)
        return Fetched(values=Secret(values), lease=answer.lease, stamp=stamp)
    kv_version = _ask_kv_version(session, read.path)
    if answer.status == 404:  # noqa: PLR2004
        raise PathNotFound(
            _absence(read, answer),
            hint=absent_hint(read.path, kv_version),
            vault=plan.vault,
            role=plan.role,
            path=read.path,
            status=404,
        )
    raise PathRefused(
        f"Vault refuses {read.path}: {answer.words or 'no reason given'}",
        hint=refused_hint(plan, read.path, kv_version, writes=bool(read.data)),
        vault=plan.vault,
        role=plan.role,
        path=read.path,
        status=answer.status,
    )


def _check_lease(session: Session, plan: contract.Session, read: contract.Read, answer: Answer) -> None:
    if answer.lease is not None and session.auth.kind == "batch" and not read.allows_short_lease:
        raise LeaseRefused(
            f"what {read.path} gives is leased, and would end with the batch token of this login, after "
            f"{session.auth.seconds} seconds at most",
            hint=f'let the role {plan.role} give service tokens (token_type = "service"), '
            "or add allow-short-lease=true to the annotation",
            vault=plan.vault,
            role=plan.role,
            path=read.path,
        )


def _request(read: contract.Read) -> Request:
    creates = bool(read.data) or any(segment in _CREATING_SEGMENTS for segment in read.path.split("/"))
    return Request(
        kind="create" if creates else "read",
        path=read.path,
        query="" if read.version is None else f"?version={read.version}",
        body=Secret(json.dumps(dict(read.data)).encode()) if read.data else None,
    )


def _values(session: Session, read: contract.Read, answer: Answer) -> tuple[dict[str, Any], tuple[object, ...]]:
    """Give the keys and values, and the stamp if they are of a KV version 2 secret."""
    data = answer.data or {}
    looks_certain = read.version is None and _has_data_segment(read.path)
    if _looks_like_version_2(data) and (looks_certain or _ask_kv_version(session, read.path) == 2):  # noqa: PLR2004
        return data["data"], stamp_of(data["metadata"])
    return data, ()


def stamp_of(metadata: dict[str, Any]) -> tuple[object, ...]:
    """Give the stamp of a version. With the time of its creation, for a secret may be wiped out, and begin at 1."""
    return tuple(metadata.get(name) for name in METADATA)


def _looks_like_version_2(data: dict[str, Any]) -> bool:
    metadata = data.get("metadata")
    return (
        isinstance(data.get("data"), dict) and isinstance(metadata, dict) and all(name in metadata for name in METADATA)
    )


def _has_data_segment(path: str) -> bool:
    return "data" in path.split("/")[1:-1]


def _ask_kv_version(session: Session, path: str) -> int:
    """The version of the KV mount that a path is in. 0: no KV, or Vault does not say."""
    answer = session.call(Request(kind="read", path=f"sys/internal/ui/mounts/{path}"))
    data = answer.data if answer.status == 200 else None  # noqa: PLR2004
    if data is None or data.get("type") != "kv":
        return 0
    options = data.get("options")
    return 2 if isinstance(options, dict) and options.get("version") == "2" else 1


def _absence(read: contract.Read, answer: Answer) -> str:
    metadata = (answer.data or {}).get("metadata")
    named = read.path if read.version is None else f"{read.path} version {read.version}"
    if isinstance(metadata, dict) and metadata.get("destroyed") is True:
        return f"{named} is destroyed"
    if isinstance(metadata, dict) and metadata.get("deletion_time"):
        return f"{named} was deleted at {metadata['deletion_time']}"
    return f"there is nothing at {named}"
