"""What is wrong with a file, and where."""

from __future__ import annotations


class HclError(ValueError):
    """A text is not HCL. Its text is the reason, without anything of the file but names of options."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        """Take the reason and the place, both counted from 1."""
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column
