"""What every error of ours that a person reads has in common: its lines for the terminal."""

from __future__ import annotations


class UserError(Exception):
    """An error that a command reports and ends with; `lines` has a line for each problem, with what to do about it."""

    @property
    def lines(self) -> list[str]:
        """What the command line prints."""
        return str(self).splitlines()
