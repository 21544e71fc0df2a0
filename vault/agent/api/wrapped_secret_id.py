"""A secret id of AppRole that is wrapped: the file holds a token, for which Vault gives the secret id once.

(1) Vault is asked by which path the token was made. Another path than the Plan's is refused, and the token left alone:
    who took the secret id would put a token of their own in its place.
(2) The token is used up for the secret id, by one call, which is never sent twice.
(3) The secret id is kept in memory for further logins, until the file has another token that is good.

Facts (Vault's page of response wrapping, and tried on Vault 1.21 and OpenBao 2.7)
- The lookup uses nothing up. Of a token that was used, or has ended, both servers say 400 "wrapping token is not valid
  or does not exist".
"""

from __future__ import annotations

from vault.agent import log
from vault.agent.api.app_role import read_id
from vault.agent.api.session import Request
from vault.agent.secret import Secret
from vault.contract.errors import LoginRefused, PlanInvalid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.api.credential import Kept
    from vault.agent.api.responses import Answer
    from vault.agent.api.session import Session
    from vault.contract import plan as contract
    from vault.contract.errors import Failure

_LOOKUP, _UNWRAP = "sys/wrapping/lookup", "sys/wrapping/unwrap"
_TAKEN = (
    "it can be used once, by one start of one Pod, and within its TTL. If nobody of yours has used it, somebody has "
    "taken the secret id: destroy the role's secret ids, and write a newly wrapped one into the Secret"
)


def unwrap(login: contract.Session, session: Session, kept: Kept) -> Secret[str]:
    """Return the secret id: the kept one, while the file has the token that it was for. Raises Failure."""
    before = kept.get(login.secret_id_file)
    try:
        token = read_id(login, login.secret_id_file)
    except PlanInvalid:
        if before is None:
            raise
        return Secret(before.reveal()[1])
    if before is not None and before.reveal()[0] == token.reveal():
        return Secret(before.reveal()[1])
    try:
        secret_id = _unwrap_new(login, session, token)
    except LoginRefused as failure:
        if before is None:
            raise
        log.write("error", "the kept secret id is used: the new token for one is refused", **log.cause_of(failure))
        return Secret(before.reveal()[1])
    kept[login.secret_id_file] = Secret((token.reveal(), secret_id))  # (3)
    return Secret(secret_id)


def _unwrap_new(login: contract.Session, session: Session, token: Secret[str]) -> str:
    """Use up a token for its secret id. Raises LoginRefused where there is none, and other Failures."""
    answer = session.call(Request(kind="read", path=_LOOKUP, token=token))  # (1)
    made_by = (answer.data or {}).get("creation_path")
    if answer.status // 100 != 2 or not isinstance(made_by, str):  # noqa: PLR2004
        raise _refused(login, _LOOKUP, answer)
    if made_by.strip("/") != login.secret_id_wrapping_path.strip("/"):
        what = f"the token in {login.secret_id_file} was made by {made_by}, and not by {login.secret_id_wrapping_path}"
        hint = f"it was not used. Fix vault.hashicorp.com/auth-config-secret-id-response-wrapping-path; or {_TAKEN}"
        raise LoginRefused(what, hint=hint, vault=login.vault, role=login.role, path=_LOOKUP)
    answer = session.call(Request(kind="unwrap", path=_UNWRAP, body=Secret(b"{}"), token=token))  # (2)
    secret_id = (answer.data or {}).get("secret_id")
    if answer.status // 100 != 2 or not isinstance(secret_id, str):  # noqa: PLR2004
        raise _refused(login, _UNWRAP, answer)
    return secret_id


def _refused(login: contract.Session, path: str, answer: Answer) -> Failure:
    said = answer.words or ("the answer has no secret id" if answer.status // 100 == 2 else "no reason given")  # noqa: PLR2004
    return LoginRefused(
        f"Vault gives no secret id for the token in {login.secret_id_file}: {said}",
        hint=_TAKEN,
        vault=login.vault,
        role=login.role,
        path=path,
        status=answer.status,
    )
