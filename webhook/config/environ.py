"""How settings are read from environment variables: typed, every mistake collected, nothing unknown passed over.

Fact: Kubernetes itself puts variables into every container for each Service of the namespace (`OMAMORI_SERVICE_HOST`,
`OMAMORI_PORT_443_TCP_ADDR` for a Service named omamori), so names of those shapes are not ours and not mistakes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from vault.contract.certificates import certificates_in
from vault.contract.shown import quoted
from webhook.config.quantity import parse_quantity

PREFIX = "OMAMORI_"
_MAX_DIGITS = 10
_MAX_FILE_BYTES = 1024 * 1024
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SERVICE_LINK = re.compile(r".*_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT|PORT_[0-9]+_(TCP|UDP|SCTP)(_\w+)?)")

Parsed = TypeVar("Parsed")
Choice = TypeVar("Choice", bound=str)


class SettingsInvalid(Exception):
    """The settings are wrong: one line a mistake, each naming its variable."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        """Take at least one mistake."""
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


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

    def required(self, name: str, example: str, parse: Callable[[str], str] = str) -> str:
        """A string that must be there; the mistake shows an example."""
        value = self.parsed(name, parse, "")
        if not value and not self._environ.get(PREFIX + name):
            self.note(name, f"is missing; for example {PREFIX}{name}={example}")
        return value

    def boolean(self, name: str, *, default: bool = False) -> bool:
        """`true` or `false`; anything else is a mistake, not false."""
        return self.parsed(name, _parse_boolean, default)

    def number(self, name: str, default: int, *, least: int = 0, most: int = 2**31 - 1) -> int:
        """A whole number within bounds."""

        def parse(text: str) -> int:
            if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS) or not least <= int(text) <= most:
                raise ValueError(f"is {quoted(text)}; write a whole number, {least} to {most}")
            return int(text)

        return self.parsed(name, parse, default)

    def quantity(self, name: str, default: str) -> str:
        """A Kubernetes quantity that is more than zero, as text."""

        def parse(text: str) -> str:
            if parse_quantity(text) <= 0:
                raise ValueError(f"is {quoted(text)}, which is not more than zero")
            return text

        return self.parsed(name, parse, default)

    def choice(self, name: str, allowed: tuple[Choice, ...]) -> Choice:
        """One of a few words, of which the first is the default."""

        def parse(text: str) -> Choice:
            for each in allowed:
                if text == each:
                    return each
            raise ValueError(f"is {quoted(text)}; write one of {', '.join(allowed)}")

        return self.parsed(name, parse, allowed[0])

    def words(self, name: str) -> tuple[str, ...]:
        """Words separated by commas."""
        return self.parsed(name, _parse_words, ())

    def names(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Names as Kubernetes has them for namespaces and containers, separated by commas."""

        def parse(text: str) -> tuple[str, ...]:
            names = _parse_words(text)
            for each in names:
                if not _DNS_LABEL.fullmatch(each):
                    raise ValueError(f"has {quoted(each)}; a name has lower-case letters, digits and '-'")
            if len(set(names)) != len(names):
                raise ValueError("names one twice")
            return names

        return self.parsed(name, parse, default)

    def certificates(self, name: str, *, most_bytes: int) -> str:
        """The certificates of a file in PEM, and nothing else of it; "" where the variable is missing or empty."""

        def parse(path: str) -> str:
            if not path:
                return ""
            try:
                found = certificates_in(Path(path).read_bytes()[:_MAX_FILE_BYTES])
            except OSError as error:
                raise ValueError(f"names {quoted(path)}, which cannot be read: {error.strerror}") from None
            except ValueError as error:
                raise ValueError(f"names {quoted(path)}, which {error}") from None
            if len(found) > most_bytes:
                raise ValueError(f"names {quoted(path)}, whose certificates have more than {most_bytes} bytes")
            return found

        return self.parsed(name, parse, "")

    def finish(self) -> None:
        """Raise SettingsInvalid with every mistake, variables that nobody read among them."""
        for name in sorted(self._environ):
            if name.startswith(PREFIX) and name not in self._read and not _SERVICE_LINK.fullmatch(name):
                self.mistakes.append(f"{name} is not a setting of omamori; see docs/settings.md")
        if self.mistakes:
            raise SettingsInvalid(self.mistakes)


def _parse_words(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (each.strip() for each in text.split(","))))


def _parse_boolean(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(f"is {quoted(text)}; write true or false")
    return text == "true"
