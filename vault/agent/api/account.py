"""The Pod's own ServiceAccount token, from the file that the kubelet keeps fresh."""

from __future__ import annotations

from vault.agent.secret import Secret
from vault.contract.errors import PlanInvalid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.contract import plan as contract

_MAX_TOKEN_BYTES = 64 * 1024


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
