"""What can be wrong with access files and with applying them, by whose fault it is.

- `AccessInvalid`: the files are wrong; every mistake at once, each with its file, line and column.
- `PlanRefused`: the files are right, but not for this Vault: something unmarked is in the way, or of another type.
- `PlanStale`: Vault is not as it was when the plan was made.
- `LockHeld`: somebody else applies.
- `Interrupted`: the apply was stopped from the keyboard.

What Vault itself answers is a `vault.contract.errors.Failure`.
"""

from __future__ import annotations

from collections.abc import Iterable

from vault.errors import UserError
from vault.places import Mistake


class PolicyError(UserError):
    """Abstract: only the classes below are raised."""


class AccessInvalid(PolicyError):
    """The files are wrong; `mistakes` has all of them, in the order of the files."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        """Take at least one mistake."""
        self.mistakes = tuple(sorted(set(mistakes)))
        super().__init__("\n".join(map(str, self.mistakes)))


class PlanRefused(PolicyError):
    """What the files want cannot be had from this Vault as it is; nothing was written. `problems` has every reason."""

    def __init__(self, problems: Iterable[str]) -> None:
        """Take at least one problem."""
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class PlanStale(PolicyError):
    """Vault has changed since the plan was made, or the plan is of another Vault; nothing was written."""


class Interrupted(PolicyError):
    """Somebody has stopped the apply, by Ctrl-C; what is done stays."""


class LockHeld(PolicyError):
    """Another apply holds the lock, or has taken it from one that was too slow."""
