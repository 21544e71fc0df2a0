"""Rule: a call that is wrong ends with 1, where 2 says that there is something to do: a CronJob tells them apart."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn

FAILED = 1
TO_DO = 2
INTERRUPTED = 130  # 128 and SIGINT, as of a shell


class CallWrong(Exception):
    """The command cannot be done as it was called; the message says what to add, a line for each mistake."""


class Parser(argparse.ArgumentParser):
    """A parser whose refusals end with FAILED."""

    def error(self, message: str) -> NoReturn:
        """Refuse the call."""
        self.print_usage(sys.stderr)
        self.exit(FAILED, f"{self.prog}: {message}\n")
