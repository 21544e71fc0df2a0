"""Report calls while a command runs: each call with --verbose, else their number on a terminal.

Clients log each call and its result to the logger `omamori.calls`. In a pipe nothing is counted.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from vault.cli.terminal import clear_progress, show_progress, warn

PROGRESS_AFTER_SECONDS = 2.0
_calls = logging.getLogger("omamori.calls")


class _Told(logging.Handler):
    """Writes a line for each call."""

    def emit(self, record: logging.LogRecord) -> None:
        warn(record.getMessage())


class _Counted(logging.Handler):
    """Counts calls, and shows the number once they have taken a while."""

    def __init__(self) -> None:
        super().__init__()
        self._started = time.monotonic()
        self._number = 0

    def emit(self, record: logging.LogRecord) -> None:
        self._number += 1
        seconds = time.monotonic() - self._started
        if seconds >= PROGRESS_AFTER_SECONDS:
            show_progress(f"{self._number} calls in {seconds:.0f} s; last: {record.getMessage()}")


@contextmanager
def telling_of_calls(*, verbose: bool) -> Iterator[None]:
    """Report the calls that are made in the block."""
    if not verbose and not sys.stderr.isatty():
        yield
        return
    handler = _Told() if verbose else _Counted()
    level, propagates = _calls.level, _calls.propagate
    _calls.addHandler(handler)
    _calls.setLevel(logging.DEBUG)
    _calls.propagate = False
    try:
        yield
    finally:
        _calls.removeHandler(handler)
        _calls.setLevel(level)
        _calls.propagate = propagates
        clear_progress()
