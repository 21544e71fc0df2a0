"""Where something stands in a file, and what is wrong there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: line and column count from 1; 0 is the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing that is wrong in a file, and what to do."""

    place: Place
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"
