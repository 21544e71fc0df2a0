"""The calls of `omamori` in the code blocks of a page, and what the command line itself knows of them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click

from tests.docs.pages import blocks
from webhook.cli import OMAMORI

# what stands before a call in a block of a language; other lines are output, or another tool's arguments
_BEFORE = {"sh": r"^|\| ", "console": r"^\$ |\| ", "text": r"^\$ ", "yaml": r"^\s*|- |run: "}
_END = frozenset({"|", "||", "&&", ">", ">>", "2>&1", "<", "&", "-", "done", ";"})


def calls(page: Path) -> Iterator[list[str]]:
    """Give the words of each call of `omamori`, without those behind a pipe or a redirection."""
    for language, before in _BEFORE.items():
        for block in blocks(page, language):
            for line in block.replace("\\\n", " ").splitlines():
                found = re.search(rf"(?:{before})omamori (.*)", line)
                if found:
                    yield list(_words(found[1]))


def _words(text: str) -> Iterator[str]:
    words = shlex.split(text.replace("…", " "), comments=True)
    for number, word in enumerate(words):
        if word in _END and not (word == "-" and number and words[number - 1] != "|"):
            return
        yield word


def unknown(words: list[str]) -> list[str]:
    """Give what the command line does not know of a call: a command, or options of it."""
    command: click.Command = OMAMORI
    rest = list(words)
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), rest[0]) if rest else None
        if found is None:
            return rest[:1]
        command, rest = found, rest[1:]
    known = {name for param in command.params for name in param.opts} | {"--help"}
    return [word for word in rest if re.match(r"--?[a-z]", word) and word.partition("=")[0] not in known]
