"""Collect problems of a Pod, and the error that lists them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from webhook.admission.limits import MAX_PROBLEMS
from webhook.admission.reasons import Reason


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a Pod: why, for metrics; where it is, what it is and what to do.

    `where` is an annotation or a place in the Pod ("" for the Pod as a whole).
    """

    reason: Reason
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


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
