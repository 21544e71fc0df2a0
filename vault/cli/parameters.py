"""Types of options and arguments: parse text, or report what is wrong and what to write instead."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from vault.addresses import address_problem, proxy_problem

STANDARD_INPUT = Path("/dev/stdin")
_READ_ALREADY = "omamori.standard-input"
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?|(?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:ms|s|m|h)){1,4}", re.ASCII)
_PART = re.compile(r"([0-9.]+)(ms|s|m|h)")
_MOST_SECONDS = 86400.0


class Parsed(click.ParamType[Any]):
    """A type with a parser function, whose ValueError continues after the option's name: "is 'x'; write …"."""

    def __init__(self, parse: Callable[[str], Any], metavar: str) -> None:
        """Take the parser and the placeholder of the value in help."""
        self._parse = parse
        self.name = metavar

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Parse the value. A default is already parsed."""
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def checked(parse: Callable[[Any], Any]) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """Make a callback of an option from a function on its whole value, which raises ValueError as for `Parsed`."""

    def callback(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
        try:
            return parse(value)
        except ValueError as error:
            raise click.BadParameter(str(error), ctx, param) from None

    return callback


class Choice(click.ParamType[str]):
    """One of several words."""

    def __init__(self, words: Sequence[str]) -> None:
        """Take the allowed words."""
        self._words = words
        self.name = "word"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002 - click's own
        """Return the placeholder of the value in help."""
        return "|".join(self._words)

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the word if it is allowed."""
        if value not in self._words:
            self.fail(f"is {value!r}; write one of {', '.join(self._words)}", param, ctx)
        return value

    def shell_complete(self, _ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return the words with this prefix."""
        return [CompletionItem(word) for word in self._words if word.startswith(incomplete)]


class File(click.ParamType[Path]):
    """A path."""

    name = "file"

    def convert(self, value: str | Path, _param: click.Parameter | None, _ctx: click.Context | None) -> Path:
        """Return the path."""
        return Path(value)

    def shell_complete(self, _ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Let the shell complete the path."""
        return [CompletionItem(incomplete, type="file")]


class InputFile(File):
    """The path of an input file. `-` is standard input; only one option or argument of a call can use it."""

    def convert(self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path, /dev/stdin for `-`."""
        if value != "-":
            return Path(value)
        if ctx is not None and ctx.meta.setdefault(_READ_ALREADY, param) is not param:
            self.fail("is -, but another option already reads standard input", param, ctx)
        _make_openable()
        return STANDARD_INPUT


class NamedFile(InputFile):
    """NAME=FILE: a name and the path of an input file. The code that reads it reports mistakes."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the text unchanged, except /dev/stdin for `-`."""
        name, equals, file = str(value).partition("=")
        return f"{name}{equals}{super().convert(file, param, ctx)}" if file == "-" else value


def _make_openable() -> None:
    """Copy standard input to a memory file if it is a socket, as from Node.js: Linux cannot open a socket by name."""
    if not stat.S_ISSOCK(os.fstat(0).st_mode):
        return
    with open(0, "rb", closefd=False) as given, os.fdopen(os.memfd_create("stdin"), "wb") as kept:
        kept.write(given.read())
        kept.flush()
        os.dup2(kept.fileno(), 0)


def whole(least: int, most: int | None = None) -> Parsed:
    """Return a type for a whole number."""
    words = f"a whole number from {least} to {most}" if most is not None else f"a whole number from {least}"

    def parse(text: str) -> int:
        found = re.fullmatch(r"[0-9]{1,9}", text, re.ASCII)
        number = int(text) if found else -1
        if number < least or (most is not None and number > most):
            raise ValueError(f"is {text}; write {words}")
        return number

    return Parsed(parse, "number")


def decimal(metavar: str, *, may_be_zero: bool = False) -> Parsed:
    """Return a type for a decimal number above 0, or from 0."""

    def parse(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = -1.0
        if not 0 <= number < float("inf") or (number == 0 and not may_be_zero):
            raise ValueError(f"is {text}; write a number {'from' if may_be_zero else 'above'} 0")
        return number

    return Parsed(parse, metavar)


def parse_seconds(text: str) -> float:
    """Parse `10`, `30s` or `1m30s` to seconds. Raises ValueError."""
    if not _DURATION.fullmatch(text):
        raise ValueError(f"is {text!r}, which is not a duration; write seconds, or 30s or 2m")
    parts = _PART.findall(text)
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts) if parts else float(text)
    if not 0 < seconds <= _MOST_SECONDS:
        raise ValueError(f"is {text!r}; write more than zero and at most a day")
    return seconds


def parse_vault_address(text: str) -> str:
    """Parse the address of a Vault; a final slash is removed. Raises ValueError, which shows no password."""
    problem = address_problem(text)
    if problem:
        raise ValueError(problem if "@" in text else f"{text!r} {problem}")
    return text.rstrip("/")


def parse_proxy(text: str) -> str:
    """Parse the address of a proxy. Raises ValueError without the address, which may contain a password."""
    problem = proxy_problem(text)
    if problem:
        raise ValueError(problem)
    return text


def parse_named_address(text: str) -> tuple[str, str]:
    """Parse NAME=URL to a Vault's name and address. Raises ValueError."""
    name, equals, address = text.partition("=")
    if not equals or "://" not in address:
        what = "" if "@" in text else f"{text!r}; "
        raise ValueError(f"is {what}write NAME=https://HOST:PORT, with a Vault's name from the settings")
    try:
        return name, parse_vault_address(address)
    except ValueError as error:
        raise ValueError(f"{name}={error}") from None


def parse_service_account(text: str) -> tuple[str, str]:
    """Parse NAMESPACE/NAME. Raises ValueError."""
    namespace, slash, name = text.partition("/")
    if not (namespace and slash and name) or "/" in name:
        raise ValueError(f"is {text!r}; write NAMESPACE/NAME")
    return namespace, name


VAULT_ADDRESS = Parsed(parse_vault_address, "URL")
SERVICE_ACCOUNT = Parsed(parse_service_account, "NAMESPACE/NAME")
DURATION = Parsed(parse_seconds, "time")
