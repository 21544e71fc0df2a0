"""Poll AWS until a change is complete, with one deadline, and report progress."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from vault.storage.errors import AwsUnreachable, NotYet, TableMissing

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Waiter:
    """How to wait and to report: `tell` prints results, `waiting` shows progress (None: uses `tell`)."""

    tell: Callable[[str], None]
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    pause_seconds: float = 2.0
    waiting: Callable[[str], None] | None = None

    def until(self, what: str, seconds: float, attempt: Callable[[], Answer | None]) -> Answer:
        """Return the first answer that is not None, NotYet or TableMissing. Raises AwsUnreachable at the deadline."""
        started = self.now()
        while True:
            try:
                answer, why = attempt(), ""
            except (NotYet, TableMissing) as failure:
                answer, why = None, failure.message
            if answer is not None:
                return answer
            waited = self.now() - started
            if waited > seconds:
                raise AwsUnreachable(f"{what}: not done within {seconds:.0f} s", hint=why or "run it again in a while")
            (self.waiting or self.tell)(f"{what}: waiting, {waited:.0f} s")
            self.sleep(self.pause_seconds)
