"""Read and write files that are named in a call."""

from __future__ import annotations

import os
from pathlib import Path

from vault.cli.command import UsageError


def read_text(file: Path, option: str = "") -> str:
    """Read a UTF-8 file. Raises CallWrong, which names the option."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{option} {file}: {_words(error)}".lstrip()) from None


def write_text(file: Path, text: str) -> None:
    """Write to a file, a pipe or the target of a link. Raises CallWrong."""
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {_words(error)}") from None


def replace_text(file: Path, text: str) -> None:
    """Replace a file atomically. Raises CallWrong."""
    unfinished = file.with_name(f"{file.name}.unfinished")
    write_text(unfinished, text)
    try:
        unfinished.replace(file)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {_words(error)}") from None


def _words(error: OSError | UnicodeDecodeError) -> str:
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno is not None else "it is not UTF-8"
