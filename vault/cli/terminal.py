"""All text output of commands. Control sequences in text from Vault, files and a cluster are escaped.

Each line is escaped and bounded (vault/contract/shown.py); our colours are added afterwards. Documents for programs are
written unchanged in UTF-8, unless stdout is a terminal. Characters that the terminal's encoding lacks are replaced.
"""

from __future__ import annotations

import codecs
import shutil
import sys
from collections.abc import Callable
from io import TextIOWrapper
from threading import RLock
from typing import TextIO

import click

from vault.contract.shown import shown

MAX_LINE_CHARACTERS = 16_000
_PLAIN = {"…": "...", "•": "*", "→": "->"}
_CLEAR_LINE = "\r\x1b[K"
_one_at_a_time = RLock()
_in_progress = False


def prepare_streams() -> None:
    """Make the standard streams accept any text, whatever the terminal's encoding."""
    codecs.register_error("omamori.plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="omamori.plain")


def printable(text: str) -> str:
    """Escape a document for a terminal, line by line."""
    return "\n".join(shown(line, MAX_LINE_CHARACTERS) for line in text.split("\n"))


def tell(*lines: str, colour: Callable[[str], str] | None = None) -> None:
    """Write lines for people to stdout. `colour` takes an escaped line and returns it coloured."""
    found = [shown(line, MAX_LINE_CHARACTERS) for line in lines]
    _write(sys.stdout, "".join(f"{line if colour is None else colour(line)}\n" for line in found))


def warn(*lines: str) -> None:
    """Write lines for people to stderr."""
    _write(sys.stderr, "".join(f"{shown(line, MAX_LINE_CHARACTERS)}\n" for line in lines))


def complain(*lines: str, command: str = "") -> None:
    """Write lines to stderr, each prefixed with the running command."""
    context = click.get_current_context(silent=True)
    named = command or (context.command_path if context is not None else "omamori")
    warn(*(f"{named}: {line}" for line in lines))


def write_document(text: str) -> None:
    """Write a document to stdout, such as an access file, without adding line ends."""
    if sys.stdout.isatty():
        _write(sys.stdout, printable(text))
    elif isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
    else:
        _write(sys.stdout, text)


def show_progress(text: str) -> None:
    """Show progress on a terminal, on a line that the next output overwrites."""
    global _in_progress  # noqa: PLW0603 - there is one terminal
    if sys.stderr.isatty():
        with _one_at_a_time:
            width = shutil.get_terminal_size().columns - 1
            sys.stderr.write(f"{_CLEAR_LINE}{shown(text, width)}")
            sys.stderr.flush()
            _in_progress = True


def clear_progress() -> None:
    """Erase the line of `show_progress`."""
    global _in_progress  # noqa: PLW0603 - there is one terminal
    with _one_at_a_time:
        if _in_progress:
            _in_progress = False
            sys.stderr.write(_CLEAR_LINE)
            sys.stderr.flush()


def _write(stream: TextIO, text: str) -> None:
    with _one_at_a_time:
        clear_progress()
        stream.write(text)
        stream.flush()


def _plain(error: UnicodeError) -> tuple[str | bytes, int]:
    """Return replacements for characters that an encoding lacks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    plain = "".join(_PLAIN.get(each) or each.encode("ascii", "backslashreplace").decode() for each in missing)
    return plain, error.end
