"""Errors of access files and of applying them, by cause.

- `AccessInvalid`: the files are wrong; it lists every mistake with its file, line and column.
- `PlanRefused`: the files are valid but conflict with this Vault: an entry exists unmarked, or with another type.
- `PlanStale`: Vault has changed since the plan was made.
- `LockHeld`: another apply is running.
- `Interrupted`: the apply was stopped from the keyboard.

Errors from Vault itself are a `vault.contract.errors.Failure`.
"""

from __future__ import annotations

from collections.abc import Iterable

from vault.errors import UserError
from vault.places import Mistake


class PolicyError(UserError):
    """Abstract base class: only the classes below are raised."""


class AccessInvalid(PolicyError):
    """The files are wrong. `mistakes` lists all mistakes, in the order of the files."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        """Take at least one mistake."""
        self.mistakes = tuple(sorted(set(mistakes)))
        super().__init__("\n".join(map(str, self.mistakes)))


class PlanRefused(PolicyError):
    """The files conflict with this Vault; nothing was written. `problems` lists every reason."""

    def __init__(self, problems: Iterable[str]) -> None:
        """Take at least one problem."""
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class PlanStale(PolicyError):
    """Vault has changed since the plan was made, or the plan is for another Vault; nothing was written."""


class Interrupted(PolicyError):
    """The apply was stopped with Ctrl-C; completed changes stay."""


class LockHeld(PolicyError):
    """Another apply holds the lock, or took it over because this one was too slow."""
