"""Renew a token or a lease.

No increment is requested, so Vault grants the initial TTL, or what is left of the maximum.

Fact: past the maximum Vault answers 500, not 400 ("past the max TTL, cannot renew"), as for an engine that
cannot reach its database. In both cases a new token or lease is requested.
"""

from __future__ import annotations

from vault.agent.api.responses import NotVault, parse_auth
from vault.agent.api.session import Request
from vault.agent.secret import Secret
from vault.contract import cjson
from vault.contract.errors import VaultUnreachable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.api.responses import Answer, Lease
    from vault.agent.api.session import Session


def renew_token(session: Session) -> int | None:
    """Renew the token of a session. Returns its seconds from now on, or None where Vault does not."""
    return _renewed(_ask(session, "auth/token/renew-self", b"{}"))


def _renewed(answer: Answer | None) -> int | None:
    try:
        return None if answer is None else parse_auth(answer).seconds
    except NotVault:
        return None


def renew_lease(session: Session, lease: Lease) -> int | None:
    """Renew a lease, or the token that it stands for. Returns its seconds from now on, or None where Vault does not."""
    if lease.is_token:
        return _renewed(_ask(session, "auth/token/renew-self", b"{}", lease.id))
    answer = _ask(session, "sys/leases/renew", cjson.dumps({"lease_id": lease.id.reveal()}).encode())
    return None if answer is None or answer.lease is None else answer.lease.seconds


def _ask(session: Session, path: str, body: bytes, token: Secret[str] | None = None) -> Answer | None:
    try:
        answer = session.call(Request(kind="read", path=path, body=Secret(body), token=token))
    except VaultUnreachable as failure:
        if not failure.status:
            raise
        return None
    return answer if answer.status == 200 else None  # noqa: PLR2004
