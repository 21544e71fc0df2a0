"""Rule: the one place where commands write text: what comes from Vault, files and a cluster is shown, and not obeyed.

Each line is escaped and bounded (vault/shown.py). Colours come after that, from us. Documents, which programs read, are
written as they are, unless a terminal is what reads them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TextIO

from vault.shown import shown

MAX_LINE_CHARACTERS = 16_000


def printable(text: str) -> str:
    """Give a document for a terminal: its lines stay lines, and nothing in them acts."""
    return "\n".join(shown(line, MAX_LINE_CHARACTERS) for line in text.split("\n"))


def tell(*lines: str, colour: Callable[[str], str] | None = None) -> None:
    """Write lines for people to stdout; `colour` is given a line as it will be shown, and gives it coloured."""
    found = [shown(line, MAX_LINE_CHARACTERS) for line in lines]
    _write(sys.stdout, "".join(f"{line if colour is None else colour(line)}\n" for line in found))


def warn(*lines: str) -> None:
    """Write lines for people to stderr."""
    _write(sys.stderr, "".join(f"{shown(line, MAX_LINE_CHARACTERS)}\n" for line in lines))


def complain(command: str, *lines: str) -> None:
    """Write lines to stderr, each behind the name of the command that they are from: `policy`."""
    warn(*(f"omamori {command}: {line}" for line in lines))


def write_document(text: str) -> None:
    """Write a document to stdout, such as an access file; it has its line ends already."""
    _write(sys.stdout, printable(text) if sys.stdout.isatty() else text)


def _write(stream: TextIO, text: str) -> None:
    stream.write(text)
    stream.flush()
