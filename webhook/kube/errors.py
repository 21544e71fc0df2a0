"""Why an API server cannot be asked, or says no."""

from __future__ import annotations

from vault.errors import UserError

# how much of what an API server or a client says is shown
MOST_WORDS = 1000


class ClusterFailed(UserError):
    """The cluster cannot be asked; the message names it and says what to do. It never holds a credential.

    `status` is HTTP's, 0 where there was no answer; `words` are the API server's own, "" where it said nothing.
    """

    def __init__(self, message: str, status: int = 0, words: str = "") -> None:
        """Say what happened."""
        super().__init__(message)
        self.status = status
        self.words = words


class ClusterRefused(ClusterFailed):
    """The API server answers, and says no: to this user, or to this call."""


class ClusterConflict(ClusterRefused):
    """Somebody has made or changed the object meanwhile: read it again."""
