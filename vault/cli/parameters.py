"""Types of options and arguments: text to value, or what is wrong with it and what to write instead."""

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
    """A value by a function that raises ValueError, whose words follow the option's name: "is 'x'; write …"."""

    def __init__(self, parse: Callable[[str], Any], metavar: str) -> None:
        """Take the function and what stands for the value in help."""
        self._parse = parse
        self.name = metavar

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the value; a default is one already."""
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Choice(click.ParamType[str]):
    """One of some words."""

    def __init__(self, words: Sequence[str]) -> None:
        """Take the words."""
        self._words = words
        self.name = "word"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002 - click's own
        """Return what stands for the value in help."""
        return "|".join(self._words)

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the word."""
        if value not in self._words:
            self.fail(f"is {value!r}; write one of {', '.join(self._words)}", param, ctx)
        return value

    def shell_complete(self, _ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return the words that begin so."""
        return [CompletionItem(word) for word in self._words if word.startswith(incomplete)]


class File(click.ParamType[Path]):
    """A path."""

    name = "file"

    def convert(self, value: str | Path, _param: click.Parameter | None, _ctx: click.Context | None) -> Path:
        """Return the path."""
        return Path(value)

    def shell_complete(self, _ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Let the shell complete it."""
        return [CompletionItem(incomplete, type="file")]


class InputFile(File):
    """The path of a file that is read; `-` is standard input, which one option or argument of a call can have."""

    def convert(self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path, /dev/stdin for `-`."""
        if value != "-":
            return Path(value)
        if ctx is not None and ctx.meta.setdefault(_READ_ALREADY, param) is not param:
            self.fail("is -, but another option already reads standard input", param, ctx)
        _make_openable()
        return STANDARD_INPUT


class NamedFile(InputFile):
    """A name and the path of a file that is read, NAME=FILE; whoever reads it says what is wrong with it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return it as it is, with /dev/stdin for `-`."""
        name, equals, file = str(value).partition("=")
        return f"{name}{equals}{super().convert(file, param, ctx)}" if file == "-" else value


def _make_openable() -> None:
    """Put what comes through a socket into a file in memory: Linux opens no socket by name, and Node.js gives one."""
    if not stat.S_ISSOCK(os.fstat(0).st_mode):
        return
    with open(0, "rb", closefd=False) as given, os.fdopen(os.memfd_create("stdin"), "wb") as kept:
        kept.write(given.read())
        kept.flush()
        os.dup2(kept.fileno(), 0)


def whole(least: int, most: int | None = None) -> Parsed:
    """Return the type of a whole number."""
    words = f"a whole number from {least} to {most}" if most is not None else f"a whole number from {least}"

    def parse(text: str) -> int:
        found = re.fullmatch(r"[0-9]{1,9}", text, re.ASCII)
        number = int(text) if found else -1
        if number < least or (most is not None and number > most):
            raise ValueError(f"is {text}; write {words}")
        return number

    return Parsed(parse, "number")


def decimal(metavar: str, *, may_be_zero: bool = False) -> Parsed:
    """Return the type of a number above 0, or from 0, which may have decimals."""

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
    """Return seconds of `10`, `30s` or `1m30s`. Raises ValueError."""
    if not _DURATION.fullmatch(text):
        raise ValueError(f"is {text!r}, which is not a duration; write seconds, or 30s or 2m")
    parts = _PART.findall(text)
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts) if parts else float(text)
    if not 0 < seconds <= _MOST_SECONDS:
        raise ValueError(f"is {text!r}; write more than zero and at most a day")
    return seconds


def parse_vault_address(text: str) -> str:
    """Return the address of a Vault, without a slash at its end. Raises ValueError; a password is not shown."""
    problem = address_problem(text)
    if problem:
        raise ValueError(problem if "@" in text else f"{text!r} {problem}")
    return text.rstrip("/")


def parse_proxy(text: str) -> str:
    """Return the address of a proxy. Raises ValueError; it is not shown, since it may have a password."""
    problem = proxy_problem(text)
    if problem:
        raise ValueError(problem)
    return text


def parse_named_address(text: str) -> tuple[str, str]:
    """Return a Vault's name and its address of NAME=URL. Raises ValueError."""
    name, equals, address = text.partition("=")
    if not equals or "://" not in address:
        what = "" if "@" in text else f"{text!r}; "
        raise ValueError(f"is {what}write NAME=https://HOST:PORT, with a Vault's name from the settings")
    try:
        return name, parse_vault_address(address)
    except ValueError as error:
        raise ValueError(f"{name}={error}") from None


def parse_service_account(text: str) -> tuple[str, str]:
    """Return namespace and name of NAMESPACE/NAME. Raises ValueError."""
    namespace, slash, name = text.partition("/")
    if not (namespace and slash and name) or "/" in name:
        raise ValueError(f"is {text!r}; write NAMESPACE/NAME")
    return namespace, name


VAULT_ADDRESS = Parsed(parse_vault_address, "URL")
SERVICE_ACCOUNT = Parsed(parse_service_account, "NAMESPACE/NAME")
DURATION = Parsed(parse_seconds, "time")
