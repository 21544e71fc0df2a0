"""The login by AppRole: a role id and a secret id, from files that the author of the Pod mounts in our container."""

from __future__ import annotations

from vault.agent.api.credential import read_text
from vault.contract.errors import LoginRefused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.api.responses import Answer
    from vault.agent.secret import Secret
    from vault.contract import plan as contract
    from vault.contract.errors import Failure

_MOST_BYTES = 4096


def read_ids(login: contract.Session) -> dict[str, Secret[str]]:
    """Read the fields of the login, at each login again. Without a file of the secret id there is only the role id.

    A file of a wrapped secret id is not read here. Raises PlanInvalid where a file is not there.
    """
    found = {"role_id": read_id(login, login.role_id_file)}
    if login.secret_id_file and not login.secret_id_wrapping_path:
        found["secret_id"] = read_id(login, login.secret_id_file)
    return found


def read_id(login: contract.Session, path: str) -> Secret[str]:
    """Read one file. Raises PlanInvalid."""
    hint = "has the Secret of vault.hashicorp.com/agent-extra-secret that key?"
    return read_text(login, path, _MOST_BYTES, "the file for the login by AppRole cannot be read,", hint)


def refused(login: contract.Session, path: str, answer: Answer) -> Failure:
    """Make the error of a login that Vault refuses."""
    return LoginRefused(
        f"Vault does not accept this role id and secret id: {answer.words or 'no reason given'}",
        hint=f"is AppRole enabled at auth/{login.auth_mount}, are both ids of one role of it, and is the secret id "
        "neither expired nor used up (secret_id_ttl, secret_id_num_uses)? Each start of a Pod is a login",
        vault=login.vault,
        role=login.role,
        path=path,
        status=answer.status,
    )
