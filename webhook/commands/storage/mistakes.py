"""Rule: every mistake of a call is told at once, each by its option."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from webhook.commands.calls import CallWrong

Parsed = TypeVar("Parsed")


class Mistakes:
    """Collected while options are parsed."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def note(self, option: str, what: str) -> None:
        """Note a mistake."""
        self._lines.append(f"{option} {what}")

    def parsed(self, option: str, parse: Callable[[], Parsed], default: Parsed) -> Parsed:
        """What `parse` gives; a ValueError of it is a mistake, and its text says what."""
        try:
            return parse()
        except ValueError as error:
            self.note(option, str(error))
            return default

    def finish(self) -> None:
        """Raise CallWrong if there were any."""
        if self._lines:
            raise CallWrong("\n".join(self._lines))
