"""Rule: what can be wrong on the Kubernetes side, by whose fault it is.

- `MalformedReview`: the caller did not send an AdmissionReview. HTTP 400: it is not about a Pod.
- `ReviewTooLarge`: the review is not parsed: it is larger than Pods are. HTTP 413.
- `Rejected`: the Pod's author asked for something that cannot be. The Pod is denied, with every problem listed.
- `SettingsInvalid`: the administrator's configuration. The webhook does not start, with every mistake listed.
- `ManifestInvalid`: a file that a command was given is no manifest, or the object in it is not of its kind's shape.
- `ClusterFailed`: the API server that a command asks gives no answer, or none to this user.
- `NotAnAddition`: ours. A patch would change what is not ours; HTTP 500, and failurePolicy decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from webhook.limits import MAX_PROBLEMS


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


class ReviewTooLarge(MalformedReview):
    """The request's body would make too many objects; HTTP 413, as for one of too many bytes."""


class Rejected(Exception):
    """What the Pod asks for is refused, for these problems, in the order of the annotations, and for `more` others."""

    def __init__(self, problems: Iterable[Problem], more: int = 0) -> None:
        """Take at least one problem."""
        self.problems = tuple(problems)
        self.more = more
        super().__init__(f"{len(self.problems) + more} problems")


class Problems:
    """Collects what is wrong with a Pod, each problem once: the first MAX_PROBLEMS are kept, others only counted."""

    def __init__(self) -> None:
        """Collect nothing yet."""
        self._kept: dict[Problem, None] = {}
        self._more = 0

    def add(self, problem: Problem) -> None:
        """Take one problem."""
        if len(self._kept) < MAX_PROBLEMS:
            self._kept[problem] = None
        elif problem not in self._kept:
            self._more += 1

    def extend(self, problems: Iterable[Problem]) -> None:
        """Take several."""
        for problem in problems:
            self.add(problem)

    def take(self, rejected: Rejected) -> None:
        """Take those of a refusal."""
        self.extend(rejected.problems)
        self._more += rejected.more

    def raise_if_any(self) -> None:
        """Raise Rejected if there is a problem."""
        if self._kept:
            raise Rejected(self._kept, self._more)


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
