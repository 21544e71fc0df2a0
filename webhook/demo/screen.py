"""Output of the demo: coloured on a terminal, plain in a pipe, with the time of each step."""

from __future__ import annotations

import difflib
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from vault.cli.terminal import MAX_LINE_CHARACTERS
from vault.contract.shown import shown

_BOLD, _DIM, _RED, _GREEN, _CYAN = "1", "2", "31", "32", "36"


class Screen:
    """Writes to a stream, and remembers how long each step took."""

    def __init__(self, stream: TextIO, *, coloured: bool, short: bool = False) -> None:
        """Take a stream, whether to colour, and whether to leave out details: logs, paths here, the patch, times."""
        self._stream = stream
        self._coloured = coloured
        self._short = short
        self._times: list[tuple[str, float]] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Number a step and time it."""
        self.heading(f"{len(self._times) + 1}. {name}")
        started = time.perf_counter()
        yield
        seconds = time.perf_counter() - started
        self._times.append((name, seconds))
        self._write(f"   {seconds * 1000:.0f} ms", _DIM)

    def title(self, text: str) -> None:
        """Begin to number steps again, under a title."""
        self._times = []
        self.heading(text)

    def heading(self, text: str) -> None:
        """Write a heading."""
        self._write("")
        self._write(text, _BOLD)

    def say(self, text: str) -> None:
        """Write a line of a step."""
        self._write(f"   {text}")

    def lines(self, texts: Iterable[str]) -> None:
        """Write lines of a step."""
        for text in texts:
            self.say(text)

    def detail(self, text: str) -> None:
        """Write a line of a step, unless the output is to be short."""
        if not self._short:
            self.say(text)

    def details(self, texts: Iterable[str]) -> None:
        """Write lines of a step, unless the output is to be short."""
        for text in texts:
            self.detail(text)

    def failure(self, message: str, hint: str) -> None:
        """Write why the demo stops."""
        self._write("")
        self._write(f"stopped: {message}", _RED)
        if hint:
            self._write(f"to do:   {hint}")

    def diff(self, old: str, new: str) -> None:
        """Write a unified diff of two texts with little context, unless the output is to be short."""
        if self._short:
            return
        self._write("")
        for line in list(difflib.unified_diff(old.splitlines(), new.splitlines(), n=2, lineterm=""))[2:]:
            if line.startswith("+"):
                self._write(f"   {line}", _GREEN)
            elif line.startswith("-"):
                self._write(f"   {line}", _RED)
            else:
                self._write(f"   {'' if line.startswith('@@') else line}", _CYAN)

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows in columns."""
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            self.say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

    def timings(self) -> None:
        """Write how long each step took, unless the output is to be short."""
        if self._short:
            return
        self.heading("times")
        rows = [(name, f"{seconds * 1000:6.0f} ms") for name, seconds in self._times]
        self.table([*rows, ("in all", f"{sum(seconds for _, seconds in self._times) * 1000:6.0f} ms")])

    def _write(self, text: str, style: str = "") -> None:
        text = shown(text, MAX_LINE_CHARACTERS)
        if self._coloured and style:
            text = f"\x1b[{style}m{text}\x1b[0m"
        print(text, file=self._stream, flush=True)
