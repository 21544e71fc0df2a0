"""What a login sends: the Pod's own ServiceAccount token, which the kubelet keeps fresh in a file; or AppRole's ids."""

from __future__ import annotations

from vault.agent.secret import Secret
from vault.contract import cjson
from vault.contract.errors import PlanInvalid
from vault.contract.plan import APP_ROLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.api.responses import Answer
    from vault.contract import plan as contract
    from vault.contract.errors import Failure

_MAX_TOKEN_BYTES = 64 * 1024


def read_login(plan: contract.Session, account: Secret[str] | None) -> tuple[Secret[bytes], list[Secret[str]]]:
    """Read the body of a login's call, and the secrets in it. Raises PlanInvalid where a file is not there.

    `account` is the ServiceAccount's token, None: it is in the Plan's file.
    """
    if plan.auth_kind == APP_ROLE:
        from vault.agent.api.app_role import read_ids  # noqa: PLC0415 - only such a login pays for it

        secrets, fields = read_ids(plan), {}
    else:
        secrets, fields = {"jwt": account or read_token(plan)}, {"role": plan.role}
    body = {**fields, **{name: each.reveal() for name, each in secrets.items()}}
    return Secret(cjson.dumps(body).encode()), [each for each in secrets.values() if each.reveal()]


def login_refused(plan: contract.Session, path: str, answer: Answer) -> Failure:
    """Make the error of a login that Vault refuses."""
    if plan.auth_kind == APP_ROLE:
        from vault.agent.api.app_role import refused  # noqa: PLC0415 - only such a login pays for it

        return refused(plan, path, answer)
    from vault.agent.api.diagnoses import LOGIN, diagnose  # noqa: PLC0415 - only a failure pays for it

    return diagnose(LOGIN, plan, path, answer)


def read_token(plan: contract.Session) -> Secret[str]:
    """Read the ServiceAccount's token from its file. Raises PlanInvalid where it is not there, or no ASCII."""
    hint = "the kubelet puts it there, from the projected volume that the webhook adds to the Pod"
    return read_text(plan, plan.token_file, _MAX_TOKEN_BYTES, "the ServiceAccount token cannot be read from", hint)


def read_text(plan: contract.Session, path: str, most_bytes: int, what: str, hint: str) -> Secret[str]:
    """Read a file of ASCII without the blanks around it; `what` begins the error. Raises PlanInvalid."""
    try:
        with open(path, "rb") as file:
            text = file.read(most_bytes).strip().decode("ascii")
    except (OSError, UnicodeDecodeError) as error:
        words = (isinstance(error, OSError) and error.strerror) or "it is not text"
        raise PlanInvalid(f"{what} {path}: {words}", hint=hint, vault=plan.vault) from None
    return Secret(text)
