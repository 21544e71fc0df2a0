"""Errors of Vault and of the program in the Pod: subclasses of `Failure`, by cause.

A failure carries what a person needs to fix it (the Vault, the role, the path, the HTTP status, a hint) and never a
secret value: its text is printed, logged, and left in the Pod's termination message.

Exit codes of the program in the Pod. None of 64 and 65 (argoexec's), 126, 127 (a shell's), 137, 143 (signals):

    2  the Plan is wrong, or the agent             13  a path or a request is refused, by Vault, or by us
       configuration that it names                 14  a path holds nothing, or what it gives is no secret
    10 Vault cannot be reached, or an engine       15  a key is missing or has no such form, a template fails
       of it fails                                 16  the files cannot be written
    11 Vault is sealed                             17  the hook that holds the application back is gone
    12 the login is refused
    20 not a failure: secrets have changed, and the Plan says to restart all containers for it
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import ClassVar

MOST_WORDS = 800  # characters of a message, a hint, a path
UNEXPECTED_EXIT_CODE = 1


class Failure(Exception):
    """A secret did not reach its Pod. Abstract base class: only the classes below are raised."""

    reason: ClassVar[str] = "unexpected"
    exit_code: ClassVar[int] = UNEXPECTED_EXIT_CODE

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        vault: str = "",
        role: str = "",
        path: str = "",
        annotation: str = "",
        status: int = 0,
    ) -> None:
        """Take what happened and, in `hint`, what to do. Empty fields and status 0 mean "does not apply".

        Texts may contain names and messages from outside, so each is stored as one bounded, printable line.
        """
        from vault.contract.shown import shown  # noqa: PLC0415 - only a failure pays for it

        self.message = shown(message, MOST_WORDS)
        super().__init__(self.message)
        self.hint = shown(hint, MOST_WORDS)
        self.vault = shown(vault)
        self.role = shown(role)
        self.path = shown(path, MOST_WORDS)
        self.annotation = shown(annotation)
        self.status = status

    def fields(self) -> dict[str, str | int]:
        """Return the fields of its log line, in reading order; empty fields are omitted."""
        named: dict[str, str | int] = {
            "reason": self.reason,
            "message": self.message,
            "hint": self.hint,
            "vault": self.vault,
            "role": self.role,
            "path": self.path,
            "annotation": self.annotation,
            "status": self.status,
        }
        return {name: value for name, value in named.items() if value}


class PlanInvalid(Failure):
    """The Plan in the container's environment is missing, cut off, or not understood."""

    reason = "plan-invalid"
    exit_code = 2


class ConfigurationInvalid(Failure):
    """The agent configuration that the Pod's author keeps in a ConfigMap is not there, or cannot be taken.

    `problems` are all of them; the message has the first, and how many more there are.
    """

    reason = "configuration-invalid"
    exit_code = 2

    def __init__(self, problems: Sequence[str], *, hint: str, annotation: str) -> None:
        """Take what is wrong, each with file, line and option in front; at least one."""
        more = f" (and {len(problems) - 1} more, each in the log)" if len(problems) > 1 else ""
        super().__init__(
            f"the agent configuration cannot be taken: {problems[0]}{more}", hint=hint, annotation=annotation
        )
        self.problems = tuple(problems)


class VaultUnreachable(Failure):
    """No usable answer before the deadline: no connection, an untrusted certificate, or only temporary errors."""

    reason = "vault-unreachable"
    exit_code = 10


class EngineFailed(VaultUnreachable):
    """Vault answers, but until the deadline the engine or auth method behind the path failed."""

    reason = "engine-failed"


class VaultSealed(Failure):
    """Vault answered until the deadline that it is sealed or not initialised."""

    reason = "vault-sealed"
    exit_code = 11


class LoginRefused(Failure):
    """Vault does not accept this ServiceAccount's token for this role."""

    reason = "login-refused"
    exit_code = 12


class PathRefused(Failure):
    """Vault does not let this role read the path."""

    reason = "path-refused"
    exit_code = 13


class RequestRefused(Failure):
    """Vault rejects the request itself, not for a missing right: its data, method, or the engine's rules (400, 405)."""

    reason = "request-refused"
    exit_code = 13


class LeaseRefused(Failure):
    """omamori refuses the secret: its lease would end with the login's batch token, minutes later."""

    reason = "lease-refused"
    exit_code = 13


class PathNotFound(Failure):
    """The path is invalid: no mount, or a path that cannot hold a secret. An error even if the secret is optional."""

    reason = "path-not-found"
    exit_code = 14


class PathAbsent(PathNotFound):
    """The path is valid, but Vault itself says that there is nothing, or that the version is deleted or destroyed."""


class NoSecret(Failure):
    """Vault's answer is not a secret: no `data`, a wrapped answer, PEM. An error even if the secret is optional."""

    reason = "no-secret"
    exit_code = 14


class KeyMissing(Failure):
    """The secret has no such key."""

    reason = "key-missing"
    exit_code = 15


class NotRepresentable(Failure):
    """The requested format cannot represent the value."""

    reason = "not-representable"
    exit_code = 15


class TemplateFailed(Failure):
    """A template cannot be parsed, or does not fit its data; the message has the line, and no value."""

    reason = "template-failed"
    exit_code = 15


class CannotWrite(Failure):
    """The files cannot be written: the volume is full, read-only, or missing."""

    reason = "cannot-write"
    exit_code = 16


class StartInterrupted(Failure):
    """The hook that holds the application back is gone before the files were there: the kubelet was restarted."""

    reason = "start-interrupted"
    exit_code = 17


class Unexpected(Failure):
    """A bug of omamori in one of several tasks: the others continue."""


class ReferenceInvalid(ValueError):
    """An invalid reference to a secret; the message says what is wrong."""


class CertificatesInvalid(ValueError):
    """An unusable bundle of CA certificates; the message continues after the name of its source."""
