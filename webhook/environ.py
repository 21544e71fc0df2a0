"""Rule: how settings are read from environment variables: typed, every mistake collected, nothing unknown passed over.

Fact: Kubernetes itself puts variables into every container for each Service of the namespace (`OMAMORI_SERVICE_HOST`,
`OMAMORI_PORT_443_TCP_ADDR` for a Service named omamori), so names of those shapes are not ours and not mistakes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from webhook.errors import SettingsInvalid
from webhook.quantity import parse_quantity

PREFIX = "OMAMORI_"
_SERVICE_LINK = re.compile(r".*_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT|PORT_[0-9]+_(TCP|UDP|SCTP)(_\w+)?)")

Parsed = TypeVar("Parsed")
Choice = TypeVar("Choice", bound=str)


class Variables:
    """The variables under our prefix. A reader gives its default where a variable is wrong, and notes the mistake."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Take any mapping; others' variables are not looked at."""
        self._environ = environ
        self._read: set[str] = set()
        self.mistakes: list[str] = []

    def note(self, name: str, what: str) -> None:
        """Note a mistake, by the variable's name."""
        self.mistakes.append(f"{PREFIX}{name} {what}")

    def parsed(self, name: str, parse: Callable[[str], Parsed], default: Parsed) -> Parsed:
        """Parse a variable, if it is there; a ValueError of the parser is a mistake, and its text says what."""
        self._read.add(PREFIX + name)
        text = self._environ.get(PREFIX + name)
        if text is None:
            return default
        try:
            return parse(text)
        except ValueError as error:
            self.note(name, str(error))
            return default

    def text(self, name: str, default: str = "") -> str:
        """A string, "" where the variable is missing or empty."""
        return self.parsed(name, str, default)

    def required(self, name: str, example: str) -> str:
        """A string that must be there; the mistake shows an example."""
        value = self.text(name)
        if not value:
            self.note(name, f"is missing; for example {PREFIX}{name}={example}")
        return value

    def boolean(self, name: str, *, default: bool = False) -> bool:
        """`true` or `false`; anything else is a mistake, not false."""
        return self.parsed(name, _parse_boolean, default)

    def number(self, name: str, default: int, *, least: int = 0, most: int = 2**31 - 1) -> int:
        """A whole number within bounds."""

        def parse(text: str) -> int:
            if not (text.isascii() and text.isdigit()) or not least <= int(text[:12]) <= most:
                raise ValueError(f"is {text!r}; write a whole number, {least} to {most}")
            return int(text)

        return self.parsed(name, parse, default)

    def quantity(self, name: str, default: str) -> str:
        """A Kubernetes quantity, as text."""

        def parse(text: str) -> str:
            parse_quantity(text)
            return text

        return self.parsed(name, parse, default)

    def choice(self, name: str, allowed: tuple[Choice, ...]) -> Choice:
        """One of a few words, of which the first is the default."""

        def parse(text: str) -> Choice:
            for each in allowed:
                if text == each:
                    return each
            raise ValueError(f"is {text!r}; write one of {', '.join(allowed)}")

        return self.parsed(name, parse, allowed[0])

    def names(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Words separated by commas."""
        return self.parsed(name, lambda text: tuple(filter(None, (each.strip() for each in text.split(",")))), default)

    def file(self, name: str, *, most_bytes: int) -> str:
        """The contents of a file that must be readable text of a bounded size; "" where the variable is missing."""

        def parse(path: str) -> str:
            try:
                contents = Path(path).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise ValueError(f"names {path!r}, which cannot be read: {error}") from None
            if len(contents.encode()) > most_bytes:
                raise ValueError(f"names {path!r}, which has more than {most_bytes} bytes")
            return contents

        return self.parsed(name, parse, "")

    def finish(self) -> None:
        """Raise SettingsInvalid with every mistake, variables that nobody read among them."""
        for name in sorted(self._environ):
            if name.startswith(PREFIX) and name not in self._read and not _SERVICE_LINK.fullmatch(name):
                self.mistakes.append(f"{name} is not a setting of omamori; see docs/operations.md")
        if self.mistakes:
            raise SettingsInvalid(self.mistakes)


def _parse_boolean(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(f"is {text!r}; write true or false")
    return text == "true"
