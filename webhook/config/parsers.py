"""Parsers shared by several settings. Each raises ValueError with what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from vault.contract.certificates import certificates_in
from vault.contract.shown import quoted
from webhook.config.quantity import parse_quantity

_MAX_DIGITS = 10
_MAX_FILE_BYTES = 1024 * 1024
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")

Word = TypeVar("Word", bound=str)


@dataclass(frozen=True, slots=True)
class Number:
    """Parser of a whole number within bounds."""

    least: int
    most: int

    def __call__(self, text: str) -> int:
        """Parse the text."""
        is_number = text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
        if not is_number or not self.least <= int(text) <= self.most:
            raise ValueError(f"is {quoted(text)}; write a whole number, {self.least} to {self.most}")
        return int(text)


@dataclass(frozen=True, slots=True)
class Choice(Generic[Word]):
    """Parser of one of several words."""

    allowed: tuple[Word, ...]

    def __call__(self, text: str) -> Word:
        """Parse the text."""
        for each in self.allowed:
            if text == each:
                return each
        raise ValueError(f"is {quoted(text)}; write one of {', '.join(self.allowed)}")


@dataclass(frozen=True, slots=True)
class Choices(Generic[Word]):
    """Parser of some of several words, separated by commas."""

    allowed: tuple[Word, ...]

    def __call__(self, text: str) -> tuple[Word, ...]:
        """Parse the text."""
        words = parse_words(text)
        for each in words:
            if each not in self.allowed:
                raise ValueError(f"has {quoted(each)}; write some of {', '.join(self.allowed)}, separated by commas")
        return tuple(each for each in self.allowed if each in words)


def parse_text(text: str) -> str:
    """Accept any text."""
    return text


def parse_boolean(text: str) -> bool:
    """Parse `true` or `false`; anything else is a mistake."""
    if text not in {"true", "false"}:
        raise ValueError(f"is {quoted(text)}; write true or false")
    return text == "true"


def parse_amount(text: str) -> str:
    """Parse a Kubernetes quantity that is more than zero, as text."""
    if parse_quantity(text) <= 0:
        raise ValueError(f"is {quoted(text)}, which is not more than zero")
    return text


def parse_words(text: str) -> tuple[str, ...]:
    """Parse words separated by commas."""
    return tuple(filter(None, (each.strip() for each in text.split(","))))


def parse_labels(text: str) -> tuple[str, ...]:
    """Parse names as Kubernetes has them for namespaces and containers, separated by commas."""
    names = parse_words(text)
    for each in names:
        if not _DNS_LABEL.fullmatch(each):
            raise ValueError(f"has {quoted(each)}; a name has lower-case letters, digits and '-'")
    if len(set(names)) != len(names):
        raise ValueError("names one twice")
    return names


def certificates_of_file(most_bytes: int) -> Callable[[str], str]:
    """Make a parser of a path that returns only the certificates of the file, in PEM; "" for ""."""

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

    return parse
