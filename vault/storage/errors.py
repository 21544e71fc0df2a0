"""Errors of the storage commands: subclasses of `StorageFailure`, by what to do about them.

Their text is printed and logged: it contains names and AWS's messages, never a credential or the value of an item.
"""

from __future__ import annotations

from typing import ClassVar

from vault.errors import UserError


class StorageFailure(UserError):
    """The table could not be read or created. Abstract base class: only the classes below are raised."""

    reason: ClassVar[str]

    def __init__(self, message: str, *, hint: str) -> None:
        """Take a message and, in `hint`, what to do."""
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def lines(self) -> list[str]:
        """Return the message with its hint, in one line."""
        return [f"{self.message}; {self.hint}"]


class SetupInvalid(StorageFailure):
    """An argument, or AWS's configuration on this machine, is invalid: a region, a profile, a key."""

    reason = "setup-invalid"


class NotSignedIn(StorageFailure):
    """There are no credentials, or AWS rejects them."""

    reason = "not-signed-in"


class AwsRefused(StorageFailure):
    """AWS refuses an authenticated call. `action` is the missing IAM action, "" if there is another reason."""

    reason = "refused"

    def __init__(self, message: str, *, hint: str, action: str = "") -> None:
        """Take also `action` as IAM writes it: `dynamodb:DescribeTable`."""
        super().__init__(message, hint=hint)
        self.action = action


class AwsUnreachable(StorageFailure):
    """No usable answer after all retries: no connection, untrusted certificate, throttling, or not AWS."""

    reason = "unreachable"


class NotAvailableHere(StorageFailure):
    """The endpoint does not support the operation: it emulates AWS (DynamoDB Local)."""

    reason = "not-available"


class NotYet(StorageFailure):
    """The table is busy with an earlier change; the same call will succeed later."""

    reason = "not-yet"


class TableMissing(StorageFailure):
    """There is no such table in this account and region."""

    reason = "no-table"


class WrongShape(StorageFailure):
    """A table of that name exists, but Vault cannot use it. It is never changed."""

    reason = "wrong-shape"


class NodeUnreachable(StorageFailure):
    """A Vault node does not return its time."""

    reason = "node-unreachable"


class CannotRestore(StorageFailure):
    """A table cannot be restored to the requested time."""

    reason = "cannot-restore"
