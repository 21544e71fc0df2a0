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
    """Read it. Raises PlanInvalid where it is not there."""
    try:
        with open(plan.token_file, "rb") as file:
            token = file.read(_MAX_TOKEN_BYTES).strip().decode("ascii")
    except (OSError, UnicodeDecodeError) as error:
        words = (isinstance(error, OSError) and error.strerror) or "it is not text"
        raise PlanInvalid(
            f"the ServiceAccount token cannot be read from {plan.token_file}: {words}",
            hint="the kubelet puts it there, from the projected volume that the webhook adds to the Pod",
            vault=plan.vault,
        ) from None
    return Secret(token)
