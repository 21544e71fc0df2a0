"""Rule: what can be wrong on the Kubernetes side, by whose fault it is.

- `MalformedReview`: the caller did not send an AdmissionReview. HTTP 400: it is not about a Pod.
- `Rejected`: the Pod's author asked for something that cannot be. The Pod is denied, with every problem listed.
- `SettingsInvalid`: the administrator's configuration. The webhook does not start, with every mistake listed.
- `ManifestInvalid`: a file that a command was given is no manifest, or the object in it is not of its kind's shape.
- `ClusterFailed`: the API server that a command asks gives no answer, or none to this user.
- `NotAnAddition`: ours. A patch would change what is not ours; HTTP 500, and failurePolicy decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a Pod: a short word for metrics, where it is, what it is and what to do.

    `where` is an annotation or a place in the Pod ("" for the Pod as a whole); `reason` has few values.
    """

    reason: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


class MalformedReview(ValueError):
    """The request's body is not an AdmissionReview v1 of a Pod; the message says what is missing."""


class Rejected(Exception):
    """What the Pod asks for is refused. It lists every problem that was found, in the order of the annotations."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Take at least one problem."""
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))


class SettingsInvalid(Exception):
    """The settings are wrong: one line a mistake, each naming its variable."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        """Take at least one mistake."""
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


class ManifestInvalid(Exception):
    """A manifest cannot be read; the message names the file, the line where it is known, and what is wrong."""


class ClusterFailed(Exception):
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


class NotAnAddition(AssertionError):
    """A change to a part of a Pod that is not ours: an error in omamori, never the user's."""
