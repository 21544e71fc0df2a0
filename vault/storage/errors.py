"""What can go wrong between us and the table is a `StorageFailure`, sorted by what is to be done about it.

Its text is printed and logged: it holds names and AWS's words, never a credential and never what an item holds.
"""

from __future__ import annotations

from typing import ClassVar

from vault.errors import UserError


class StorageFailure(UserError):
    """Why the table could not be looked at or made. Abstract: only the classes below are raised."""

    reason: ClassVar[str]

    def __init__(self, message: str, *, hint: str) -> None:
        """Say what happened and, in `hint`, what to do."""
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def lines(self) -> list[str]:
        """The message with its hint, in one line."""
        return [f"{self.message}; {self.hint}"]


class SetupInvalid(StorageFailure):
    """What we were called with, or AWS's configuration on this machine, cannot be: a region, a profile, a key."""

    reason = "setup-invalid"


class NotSignedIn(StorageFailure):
    """There are no credentials, or AWS does not take them."""

    reason = "not-signed-in"


class AwsRefused(StorageFailure):
    """AWS knows who asks, and does not do it. `action` is the IAM action that is missing, "" where it is not that."""

    reason = "refused"

    def __init__(self, message: str, *, hint: str, action: str = "") -> None:
        """As any; `action` as IAM writes it: `dynamodb:DescribeTable`."""
        super().__init__(message, hint=hint)
        self.action = action


class AwsUnreachable(StorageFailure):
    """No usable answer after all retries: no connection, no trust, throttled, or no answer of AWS's."""

    reason = "unreachable"


class NotAvailableHere(StorageFailure):
    """The endpoint does not know the operation: it is a stand-in for AWS (DynamoDB Local)."""

    reason = "not-available"


class NotYet(StorageFailure):
    """The table is busy with an earlier change; the same call is taken a moment later."""

    reason = "not-yet"


class TableMissing(StorageFailure):
    """There is no such table in this account and region."""

    reason = "no-table"


class WrongShape(StorageFailure):
    """A table of that name is there, and Vault cannot use it. It is never altered."""

    reason = "wrong-shape"


class NodeUnreachable(StorageFailure):
    """A node of Vault's does not say its time."""

    reason = "node-unreachable"


class CannotRestore(StorageFailure):
    """A table cannot be brought back to what is asked for."""

    reason = "cannot-restore"
