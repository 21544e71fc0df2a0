"""Base class of errors that a person reads: their lines for the terminal."""

from __future__ import annotations


class UserError(Exception):
    """An error that ends a command. `lines` has a line for each problem, with what to do about it."""

    @property
    def lines(self) -> list[str]:
        """Return the lines that the command line prints."""
        return str(self).splitlines()
