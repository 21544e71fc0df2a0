"""Rule: everything that can go wrong on Vault's side is a `Failure`, sorted by whose fault it is.

A failure carries what a person needs to mend it (the Vault, the role, the path, the HTTP status, a hint) and never a
secret value: its text is printed, logged, and left in the Pod's termination message.

Exit codes of the program in the Pod. None of 64 and 65 (argoexec's), 126, 127 (a shell's), 137, 143 (signals):

    2  the Plan is wrong             13  a path is refused, by Vault or (its lease is too short) by us
    10 Vault cannot be reached       14  a path holds nothing
    11 Vault is sealed               15  a key is missing or cannot be represented
    12 the login is refused          16  the files cannot be written
                                     17  the kubelet does not read env files
    20 not a failure: secrets have changed, and the Plan says to restart all containers for it
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar

UNEXPECTED_EXIT_CODE = 1
RESTART_EXIT_CODE = 20


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
        """Say what happened and, in `hint`, what to do. Empty fields and status 0 mean "does not apply"."""
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.vault = vault
        self.role = role
        self.path = path
        self.annotation = annotation
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


class LeaseRefused(Failure):
    """We do not take what the path gives: its lease would end with the login's batch token, minutes later."""

    reason = "lease-refused"
    exit_code = 13


class PathNotFound(Failure):
    """There is nothing at the path, or the version asked for is deleted or destroyed."""

    reason = "path-not-found"
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


class ReferenceInvalid(ValueError):
    """A text that is not a reference to a secret; the message says what is wrong with it."""


class CertificatesInvalid(ValueError):
    """A bundle of CA certificates that cannot be used; the words go behind the name of what holds it."""
