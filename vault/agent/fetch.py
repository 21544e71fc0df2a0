"""Fetch a secret's keys and values from a path of any engine; each read of a Plan is one call.

Facts
- A KV version 2 answer is `{"data": {…}, "metadata": {…}}` inside `data`. A version 1 secret may have two keys of these
  names, so it counts as version 2 only where the metadata has what Vault puts there, and the path has a `data` segment.
  Where these disagree, and where a version is asked for (version 1 ignores it and gives the current value), Vault is
  asked: sys/internal/ui/mounts/PATH answers to every token that may see the path.
- Deleted: 404 with a deletion_time; destroyed: 404 with `destroyed`; absent: 404 with no errors.
"""

from __future__ import annotations

from vault.agent import log
from vault.agent.api.kv_metadata import METADATA, has_data_segment, looks_like_version_2, stamp_of
from vault.agent.api.responses import Lease
from vault.agent.api.session import Request
from vault.agent.secret import Secret
from vault.contract import cjson
from vault.contract.errors import LeaseRefused, NoSecret, PathAbsent, PathNotFound
from vault.contract.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vault.agent.api.responses import Answer
    from vault.agent.api.session import Session
    from vault.agent.render.templates.templates import Wanted
    from vault.contract import plan as contract
    from vault.contract.errors import Failure
    from vault.contract.plan import Plan

_MAKING_SEGMENTS = frozenset(("creds", "issue", "sign", "sign-verbatim", "key", "sts", "token", "secret-id"))
_KV_2_PATHS = ("data", "metadata", "subkeys", "config")


class Fetched(Value):
    """A secret: its keys and values. What has a lease ends with the token it was read by.

    `document` is the whole answer, and `path` the API path, where the read has a short one (api/short_paths.py).
    `is_stored`: it is as somebody wrote it (KV), so that its keys say nothing of its own life.
    `stamp` is what tells one state of a KV version 2 secret from another, in the order of METADATA; else it is empty.
    """

    values: Secret[dict[str, Any]]
    document: Secret[dict[str, Any]] = Secret({})
    path: str = ""
    lease: Lease | None = None
    stamp: tuple[object, ...] = ()
    is_stored: bool = False

    @property
    def is_bound(self) -> bool:
        """Whether it ends with the token that it was read by."""
        return self.lease is not None and not self.lease.is_token

    @property
    def can_be_looked_at(self) -> bool:
        """Whether the stamp tells of every change. A version that is to be deleted at some time does not."""
        return bool(self.stamp) and not self.stamp[METADATA.index("deletion_time")]


def fetch(
    session: Session, login: contract.Session, read: contract.Read, *, path_may_be_short: bool = False
) -> Fetched:
    """Read one path. Raises what the table of diagnoses has, LeaseRefused, and what `Session.call` raises.

    `path_may_be_short`: a template names it, as Consul-Template takes paths (vault/contract/kv_paths.py).
    """
    if read.login:
        return _login(session)
    wraps = False
    if path_may_be_short:
        from vault.agent.api.short_paths import full_path  # noqa: PLC0415 - only templates need it

        path, is_version_2 = full_path(session, read.path)
        read, wraps = read.replace(path=path), is_version_2 and bool(read.data)
    answer = session.call(_request(read, wraps=wraps))
    if _is_list(read) and answer.status == 404 and not answer.words:  # noqa: PLR2004
        return Fetched(values=Secret({"keys": []}), path=read.path, is_stored=True)
    if answer.status // 100 != 2:  # noqa: PLR2004
        raise _refusal(session, login, read, answer)
    values, stamp = _values(session, login, read, answer)
    if read.version is not None and not stamp:
        raise PathNotFound(
            f"{read.path} has no version {read.version}: it is in no KV version 2 mount",
            hint="leave the @version out, or upgrade the mount to KV version 2",
            vault=login.vault,
            role=login.role,
            path=read.path,
        )
    if read.version and stamp[0] != read.version:  # to Vault, version 0 is the current one
        raise NoSecret(
            f"the answer for version {read.version} of {read.path} is version {stamp[0]}",
            hint="does a proxy before Vault drop the query (?version=), or answer from a cache?",
            vault=login.vault,
            role=login.role,
            path=read.path,
        )
    _check_lease(session, login, read, answer)
    return Fetched(
        values=Secret(values),
        document=answer.document,
        path=read.path,
        lease=answer.lease,
        stamp=stamp,
        is_stored=bool(stamp) or answer.is_of_kv_1 or _is_list(read),
    )


def _login(session: Session) -> Fetched:
    """Log in for a token that is a secret of its own, and lives as a lease does."""
    auth = session.another_login()
    lease = Lease(id=auth.token, seconds=auth.seconds, renewable=auth.renewable, is_token=True)
    return Fetched(values=Secret({"token": auth.token.reveal()}), lease=lease)


def _refusal(session: Session, login: contract.Session, read: contract.Read, answer: Answer) -> Failure:
    """Determine the facts about a refusal, and make the error."""
    from vault.agent.api.diagnoses import PATH, diagnose  # noqa: PLC0415 - only a failure pays for it
    from vault.agent.api.mounts import ask_mount  # noqa: PLC0415 - the same

    metadata = (answer.data or {}).get("metadata")
    state = metadata if isinstance(metadata, dict) else {}
    deleted = str(state.get("deletion_time") or "")
    is_dead = answer.status == 403 and session.is_dead  # noqa: PLR2004
    mount = None if is_dead or answer.status not in (403, 404) else ask_mount(session, read.path)
    facts = {
        "dead": is_dead,
        "writes": bool(read.data),
        "kv2": mount is not None and mount.kv_version == 2,  # noqa: PLR2004
        "no data/": mount is not None and mount.kv_version == 2 and mount.within(read.path)[0] not in _KV_2_PATHS,  # noqa: PLR2004
        "destroyed": state.get("destroyed") is True,
        "deleted": bool(deleted),
    }
    named = read.path if read.version is None else f"{read.path} version {read.version}"
    found = [fact for fact, is_so in facts.items() if is_so]
    return diagnose(PATH, login, read.path, answer, found, named=named, deleted=deleted)


def _check_lease(session: Session, login: contract.Session, read: contract.Read, answer: Answer) -> None:
    if answer.lease is not None and session.auth.kind == "batch" and not read.allows_short_lease:
        raise LeaseRefused(
            f"the secret of {read.path} has a lease, and would expire with the batch token of this login, after "
            f"{session.auth.seconds} seconds at most",
            hint=f'let the role {login.role} give service tokens (token_type = "service"), '
            "or add allow-short-lease=true to the annotation",
            vault=login.vault,
            role=login.role,
            path=read.path,
        )


def _is_list(read: contract.Read) -> bool:
    return read.path.endswith("/")


def _request(read: contract.Read, *, wraps: bool) -> Request:
    """Make the call. Only reads of stored data are repeatable; for other paths the mount is looked up if needed.

    `wraps`: it writes to KV version 2, which takes the names and values within `data`.
    """
    if _is_list(read):
        return Request(kind="read", path=read.path, query="?list=true")
    segments = read.path.split("/")
    is_stored = has_data_segment(read.path) and _MAKING_SEGMENTS.isdisjoint(segments)
    data = dict(read.data)
    if read.pod_fields:
        from vault.agent.pod_fields import fill_in  # noqa: PLC0415 - few Pods pay for it

        data = fill_in(read)
    return Request(
        kind="read" if is_stored and not read.data else "create",
        path=read.path,
        query="" if read.version is None else f"?version={read.version}",
        body=Secret(cjson.dumps({"data": data} if wraps else data).encode()) if data else None,
    )


def _values(
    session: Session, login: contract.Session, read: contract.Read, answer: Answer
) -> tuple[dict[str, Any], tuple[object, ...]]:
    """Return the keys and values, and the stamp if they are of a KV version 2 secret. Raises NoSecret."""
    data = answer.data
    if data is not None and looks_like_version_2(data) and _is_version_2(session, read):
        if isinstance(data["data"], dict):
            return data["data"], stamp_of(data["metadata"])
    elif data is not None:
        return data, ()
    from vault.agent.api.no_secret import no_secret  # noqa: PLC0415 - only a failure pays for it

    raise no_secret(login, read.path, answer)


def _is_version_2(session: Session, read: contract.Read) -> bool:
    if read.version is None and has_data_segment(read.path):
        return True
    from vault.agent.api.mounts import ask_mount  # noqa: PLC0415 - few reads need it

    return ask_mount(session, read.path).kv_version == 2  # noqa: PLR2004


def fetch_one(session: Session, plan: Plan, number: int) -> Fetched | None:
    """Read one path of the Plan. None: there is nothing, and everything that needs it is optional."""
    read = plan.reads[number]
    try:
        return fetch(session, plan.sessions[read.session], read)
    except PathAbsent as missing:
        if not is_optional(plan, number):
            raise
        log.write("info", "left out, since it is optional", path=read.path, cause=missing.message)
        return None


def fetch_wanted(session: Session, login: contract.Session, wanted: Wanted) -> Fetched | None:
    """Read what a template has asked for. None: there is nothing, and every template that needs it is optional."""
    try:
        return fetch(session, login, wanted.read, path_may_be_short=True)
    except PathAbsent as missing:
        if not wanted.optional:
            raise
        log.write("info", "left out, since it is optional", path=wanted.read.path, cause=missing.message)
        return None


def is_optional(plan: Plan, number: int) -> bool:
    """Whether everything that needs a read may be left out."""
    needed = [output.optional for output in plan.outputs if number in (output.read, output.password_read)]
    for env_file in plan.env_files:
        needed += [variable.optional for variable in env_file.variables if variable.read == number]
        needed += [each.optional for each in env_file.sets if each.read == number]
    return all(needed)
