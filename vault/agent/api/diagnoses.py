"""Table of diagnoses: what Vault's refusals mean, and what a person can do about each.

The first matching row counts. A row matches a `call` (login or path), statuses, optionally `words` that Vault's message
contains (or `exact_words`, the whole message), and optionally a `fact` that the caller has determined:

    dead         the token of the login has ended          writes        the call has data
    no data/     a KV version 2 mount, and a path without  words         Vault gives a reason
    kv2          a KV version 2 mount                      destroyed, deleted: the state of the version

Messages and hints are templates of the names that Vault's operator knows. Only 403 speaks of policies.
"""

from __future__ import annotations

from vault.contract.errors import (
    EngineFailed,
    LoginRefused,
    PathAbsent,
    PathNotFound,
    PathRefused,
    RequestRefused,
    VaultSealed,
    VaultUnreachable,
)
from vault.contract.origins import parse_origin
from vault.contract.shown import shown
from vault.contract.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from vault.agent.api.responses import Answer
    from vault.contract import plan as contract
    from vault.contract.errors import Failure

LOGIN, PATH = "login", "path"


class Row(Value):
    """One row; see the head of this file."""

    call: str
    hint: str
    failure: type[Failure]
    message: str
    first: int = 400
    last: int = 499
    words: str = ""
    exact_words: str = ""
    fact: str = ""


def _login(hint: str, words: str = "", status: int = 0, exact_words: str = "") -> Row:
    return Row(
        call=LOGIN,
        first=status or 400,
        last=status or 499,
        hint=hint,
        failure=LoginRefused,
        message="Vault does not accept this ServiceAccount's token for the role: {words}",
        words=words,
        exact_words=exact_words,
    )


def _path(status: int, failure: type[Failure], message: str, hint: str, fact: str = "", *, words: str = "") -> Row:
    return Row(
        call=PATH, first=status, last=status, failure=failure, message=message, hint=hint, fact=fact, words=words
    )


_REFUSED = "Vault refuses {path}: {words}"
_POLICY = 'give a policy of the role {role}: path "{path}" {{ capabilities = ["%s"] }}'
_ABSENT = "there is nothing at {named}"
_CLOCKS = "the token is dated by the API server's clock: compare it with Vault's"
_NO_DATA = "this is KV version 2: write MOUNT/data/NAME instead of {path}"
_OPTIONAL = "; optional=true lets the Pod start without it"

ROWS = (
    _login("write the role {role_path}", "invalid role name"),
    _login("write the role {role_path}", "could not be found"),
    _login(
        "the role {role_path} must have the audience that omamori's settings give this Vault (_AUDIENCE)", "audience"
    ),
    _login(_CLOCKS, "not yet valid"),
    _login(_CLOCKS, "is expired"),
    _login("bind this ServiceAccount and its namespace in {role_path}", "not authorized"),
    _login(
        "does the role {role_path} have token_bound_cidrs (boundCidrs of the access file) that exclude this Pod?",
        "CIDR",
    ),
    _login("enable the auth method at {mount}, or set this Vault's _AUTH_MOUNT in omamori's settings", status=404),
    _login(
        "is an auth method enabled at {mount}? Vault answers the same if it cannot reach the API server to review the "
        "token, or is not allowed to (see kubernetes_host, its CA, the reviewer's system:auth-delegator), or if the "
        "role's "
        "token_bound_cidrs (boundCidrs of the access file) exclude this Pod's address; "
        "otherwise compare {role_path} with the Pod's namespace, ServiceAccount and audience",
        exact_words="permission denied",
    ),
    _login("compare {role_path} with the Pod's namespace, ServiceAccount and audience"),
    _path(
        403,
        PathRefused,
        _REFUSED,
        "the token of this login has expired: token_num_uses of the role {role_path} must allow all of the Pod's reads "
        "(0: no limit), and token_ttl must last until then; or somebody has revoked it",
        "dead",
    ),
    _path(403, PathRefused, _REFUSED, _NO_DATA, "no data/"),
    _path(403, PathRefused, _REFUSED, _POLICY % "update", "writes"),
    _path(403, PathRefused, _REFUSED, _POLICY % "read"),
    _path(
        404,
        PathNotFound,
        "Vault has no mount for {path}: {words}",
        "fix the first part of the path, or enable the engine there; does this Vault's namespace have the mount?",
        words="no handler for route",
    ),
    _path(404, PathNotFound, _ABSENT, _NO_DATA, "no data/"),
    _path(
        404,
        PathAbsent,
        "{named} is destroyed",
        f"a destroyed version cannot be restored: name another one, or write the secret again{_OPTIONAL}",
        "destroyed",
    ),
    _path(
        404,
        PathAbsent,
        "{named} was deleted at {deleted}",
        f"undelete the version, or write the secret again{_OPTIONAL}",
        "deleted",
    ),
    _path(404, PathNotFound, f"{_ABSENT}: {{words}}", "fix the path: its engine does not know it", "words"),
    _path(404, PathAbsent, _ABSENT, f"write the secret, or undelete its version{_OPTIONAL}", "kv2"),
    _path(404, PathAbsent, _ABSENT, "write the secret, or fix the path (in KV version 2 it has data/ after its mount)"),
    _path(
        405,
        RequestRefused,
        _REFUSED,
        "the path does not accept writes: remove the data. options from the annotation",
        "writes",
    ),
    _path(
        405,
        RequestRefused,
        _REFUSED,
        "the path cannot be read, only called with data: add data.NAME=VALUE to the annotation",
    ),
    Row(
        call=PATH,
        failure=RequestRefused,
        message="the engine at {path} refuses the request: {words}",
        hint="the login and its policies work: check the data. options of the annotation, the engine's own "
        "role, or the key that the path names",
    ),
)

# what Vault itself, not an engine, says with a status of the server's
CORE_WORDS = ("active node", "active cluster", "local node", "is sealed", "barrier", "internal error")


def diagnose(
    call: str, login: contract.Session, path: str, answer: Answer, facts: Collection[str] = (), **names: str
) -> Failure:
    """Make the error for a final, unsuccessful answer. `names` are additional names for the template."""
    found = [*facts, *(["words"] if answer.words else [])]
    row = next(row for row in ROWS if _matches(row, call, answer, found))
    mount = f"auth/{login.auth_mount}"
    fields = {
        "path": path,
        "named": path,
        "words": answer.words or "no reason given",
        "role": login.role,
        "mount": mount,
        "role_path": f"{mount}/role/{login.role}",
        **names,
    }
    return row.failure(
        row.message.format(**fields),
        hint=row.hint.format(**fields),
        vault=login.vault,
        role=login.role,
        path=path,
        status=answer.status,
    )


def _matches(row: Row, call: str, answer: Answer, facts: Collection[str]) -> bool:
    return (
        row.call == call
        and row.first <= answer.status <= row.last
        and row.words in answer.words
        and row.exact_words in ("", answer.words)
        and (not row.fact or row.fact in facts)
    )


def unreachable(
    login: contract.Session, path: str, message: str, hint: str = "", *, sent: bool = True
) -> VaultUnreachable:
    """Make the error for a missing answer. `sent`: a part of the request may have reached Vault."""
    if login.mesh_proxy and not sent and not hint:
        hint = (
            f"the service mesh takes the traffic before its proxy runs ({login.mesh_proxy} starts after us): "
            f"omamori.dev/position: after:{login.mesh_proxy}"
        )
    return VaultUnreachable(
        message,
        hint=hint or f"is Vault up at {login.address}, and may this Pod connect to it?",
        vault=login.vault,
        path=path,
    )


def failed(login: contract.Session, path: str, answer: Answer) -> Failure:
    """Make the error for an answer that stayed temporary until the deadline."""
    if answer.is_sealed:
        return VaultSealed(
            "Vault is sealed or not initialised",
            hint="unseal it: `vault operator unseal`, or find out why auto-unseal fails",
            vault=login.vault,
            path=path,
            status=answer.status,
        )
    said = f"HTTP {answer.status}{': ' if answer.words else ''}{answer.words}"
    if answer.status < 500 or not answer.words or any(each in answer.words for each in CORE_WORDS):  # noqa: PLR2004
        failure = unreachable(login, path, f"Vault answered {said}")
    else:
        first, *rest = path.split("/")
        mount = "/".join([first, *rest[:1]]) if first == "auth" else first
        failure = EngineFailed(
            f"Vault answers, and what is mounted at {mount} fails: {said}",
            hint=f"Vault itself works: check the configuration of {mount}, and the server behind it",
            vault=login.vault,
            path=path,
        )
    failure.status = answer.status
    return failure


def shown_origin(location: str) -> str:
    """Return the origin of a redirect's target."""
    origin = parse_origin(location)
    if origin is None:
        return shown(location, 100) or "nowhere (it has no Location)"
    usual = {"https": ":443", "http": ":80"}[origin.scheme]
    return f"{origin.scheme}://{origin.authority.removesuffix(usual)}"
