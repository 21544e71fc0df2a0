"""Errors of calls to an API server."""

from __future__ import annotations

from vault.errors import UserError

# how much of a message from an API server or a client is shown
MOST_WORDS = 1000


class ClusterFailed(UserError):
    """The cluster cannot be reached. The message names it and says what to do; it never contains a credential.

    `status` is the HTTP status, 0 without an answer; `words` is the API server's message, or "".
    """

    def __init__(self, message: str, status: int = 0, words: str = "") -> None:
        """Take a message."""
        super().__init__(message)
        self.status = status
        self.words = words


class ClusterRefused(ClusterFailed):
    """The API server refuses the user or the call."""


class ClusterConflict(ClusterRefused):
    """The object was created or changed meanwhile: read it again."""
