"""What a login sends: the Pod's own ServiceAccount token, which the kubelet keeps fresh in a file; or what else it has.

Other auth methods are modules of their own, which only a Plan with them loads.
"""

from __future__ import annotations

from vault.agent.secret import Secret
from vault.contract import cjson
from vault.contract.errors import PlanInvalid
from vault.contract.plan import APP_ROLE, AWS, CERTIFICATE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from vault.agent.api.responses import Answer
    from vault.agent.api.session import Session
    from vault.agent.deadline import Deadline
    from vault.contract import plan as contract
    from vault.contract.errors import Failure

    Kept: TypeAlias = dict[str, Secret[tuple[str, str]]]

_MAX_TOKEN_BYTES = 64 * 1024


class Credential:
    """What one session logs in with. What takes calls to get, or can be had once, is prepared before the login."""

    __slots__ = ("_given", "_kept", "_plan", "_prepared", "_within")

    def __init__(self, login: contract.Session, given: Secret[str] | None = None, kept: Kept | None = None) -> None:
        """Read nothing yet. `given` is the ServiceAccount's token, for a caller outside a Pod; None: it is in the file.

        `kept` is for all logins of a process: what was unwrapped once, by its file (wrapped_secret_id.py).
        """
        self._plan = login
        self._given = given
        self._kept: Kept = {} if kept is None else kept
        self._prepared: dict[str, Secret[str]] = {}
        self._within: Secret[str] = Secret("")  # what is sent encoded, and may come back as it is

    def prepare(self, session: Session, deadline: Deadline) -> None:
        """Make the calls that a login needs before it. Raises Failure."""
        plan = self._plan
        if plan.auth_kind == AWS:
            from vault.agent.api.aws_login import prove_role  # noqa: PLC0415 - only such a login pays for it

            self._prepared, self._within = prove_role(plan, deadline)
        elif plan.auth_kind == APP_ROLE and plan.secret_id_wrapping_path:
            from vault.agent.api.wrapped_secret_id import unwrap  # noqa: PLC0415 - only such a login pays for it

            self._prepared = {"secret_id": unwrap(plan, session, self._kept)}

    def read(self) -> tuple[Secret[bytes], list[Secret[str]]]:
        """Read the body of a login's call, and the secrets in it. Raises PlanInvalid where a file is not there."""
        plan = self._plan
        secrets: dict[str, Secret[str]] = dict(self._prepared)
        fields: dict[str, str] = {"role": plan.role}
        if plan.auth_kind == APP_ROLE:
            from vault.agent.api.app_role import read_ids  # noqa: PLC0415 - only such a login pays for it

            secrets, fields = {**read_ids(plan), **secrets}, {}
        elif plan.auth_kind == CERTIFICATE:  # the certificate itself is shown in TLS
            fields = {"name": plan.certificate_role} if plan.certificate_role else {}
        elif plan.auth_kind == AWS:
            fields["iam_http_request_method"] = "POST"
        else:
            secrets = {"jwt": self._given or read_token(plan)}
        body = {**fields, **{name: each.reveal() for name, each in secrets.items()}}
        return Secret(cjson.dumps(body).encode()), [each for each in (*secrets.values(), self._within) if each.reveal()]

    def refused(self, path: str, answer: Answer) -> Failure:
        """Make the error of a login that Vault refuses."""
        plan = self._plan
        if plan.auth_kind == APP_ROLE:
            from vault.agent.api.app_role import refused  # noqa: PLC0415 - only a failure pays for it
        elif plan.auth_kind == CERTIFICATE:
            from vault.agent.api.client_certificate import refused  # noqa: PLC0415 - the same
        elif plan.auth_kind == AWS:
            from vault.agent.api.aws_login import refused  # noqa: PLC0415 - the same
        else:
            from vault.agent.api.diagnoses import LOGIN, diagnose  # noqa: PLC0415 - the same

            return diagnose(LOGIN, plan, path, answer)
        return refused(plan, path, answer)


def read_token(login: contract.Session) -> Secret[str]:
    """Read the ServiceAccount's token from its file. Raises PlanInvalid where it is not there, or no ASCII."""
    hint = "the kubelet puts it there, from the projected volume that the webhook adds to the Pod"
    return read_text(login, login.token_file, _MAX_TOKEN_BYTES, "the ServiceAccount token cannot be read from", hint)


def read_text(login: contract.Session, path: str, most_bytes: int, what: str, hint: str) -> Secret[str]:
    """Read a file of ASCII without the blanks around it; `what` begins the error. Raises PlanInvalid."""
    try:
        with open(path, "rb") as file:
            text = file.read(most_bytes).strip().decode("ascii")
    except (OSError, UnicodeDecodeError) as error:
        words = (isinstance(error, OSError) and error.strerror) or "it is not text"
        raise PlanInvalid(f"{what} {path}: {words}", hint=hint, vault=login.vault) from None
    return Secret(text)
