"""Everything that can go wrong on Vault's side is a `Failure`, sorted by whose fault it is.

A failure carries what a person needs to fix it (the Vault, the role, the path, the HTTP status, a hint) and never a
secret value: its text is printed, logged, and left in the Pod's termination message.

Exit codes of the program in the Pod. None of 64 and 65 (argoexec's), 126, 127 (a shell's), 137, 143 (signals):

    2  the Plan is wrong                           13  a path or a request is refused, by Vault, or by us
    10 Vault cannot be reached, or an engine       14  a path holds nothing, or what it gives is no secret
       of it fails                                 15  a key is missing or cannot be represented
    11 Vault is sealed                             16  the files cannot be written
    12 the login is refused                        17  the kubelet does not read env files
    20 not a failure: secrets have changed, and the Plan says to restart all containers for it
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar

MOST_WORDS = 800  # characters of a message, a hint, a path
UNEXPECTED_EXIT_CODE = 1


class Failure(Exception):
    """Why a secret did not reach its Pod. Abstract: only the classes below are raised."""

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
        """Say what happened and, in `hint`, what to do. Empty fields and status 0 mean "does not apply".

        Texts may have names and words from outside in them: what is kept is one printable line of each, bounded.
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
        """What a log line says of it, in the order to be read; empty fields are left out."""
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


class VaultUnreachable(Failure):
    """No usable answer came before the deadline: no connection, no trust, or only answers that say "later"."""

    reason = "vault-unreachable"
    exit_code = 10


class EngineFailed(VaultUnreachable):
    """Vault answers, and until the deadline it said that what is behind the path fails: an engine, an auth method."""

    reason = "engine-failed"


class VaultSealed(Failure):
    """Vault answered until the deadline, and said that it is sealed or not initialised."""

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
    """Vault refuses the request, not the right to it: its data, its method, the engine's own rules (400, 405)."""

    reason = "request-refused"
    exit_code = 13


class LeaseRefused(Failure):
    """We do not take what the path gives: its lease would end with the login's batch token, minutes later."""

    reason = "lease-refused"
    exit_code = 13


class PathNotFound(Failure):
    """The path is none: no mount, or none that could hold a secret. Never passed over, whatever is optional."""

    reason = "path-not-found"
    exit_code = 14


class PathAbsent(PathNotFound):
    """The path is right, and Vault itself says that there is nothing, or that the version is deleted or destroyed."""


class NoSecret(Failure):
    """Vault answers well, and what it gives is no secret: no `data`, a wrapped answer, PEM. Never passed over."""

    reason = "no-secret"
    exit_code = 14


class KeyMissing(Failure):
    """The secret has no such key."""

    reason = "key-missing"
    exit_code = 15


class NotRepresentable(Failure):
    """The format asked for cannot carry the value."""

    reason = "not-representable"
    exit_code = 15


class CannotWrite(Failure):
    """The files cannot be written: the volume is full, read-only, or not there."""

    reason = "cannot-write"
    exit_code = 16


class EnvFilesIgnored(Failure):
    """The node's kubelet leaves variables from env files empty."""

    reason = "env-files-ignored"
    exit_code = 17


class Unexpected(Failure):
    """A mistake of omamori, met while it did one thing of several: the others go on."""


class ReferenceInvalid(ValueError):
    """A text that is not a reference to a secret; the message says what is wrong with it."""


class CertificatesInvalid(ValueError):
    """A bundle of CA certificates that cannot be used; the words go behind the name of what holds it."""
