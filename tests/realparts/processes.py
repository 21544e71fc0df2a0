"""One server of a run: a child in the run's namespaces, with its output in a log."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from tests.support.waiting import tail, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")

STOP_SECONDS = 10.0


class ProcessEnded(AssertionError):
    """A server ended by itself; the message ends with the tail of its log."""


@dataclass(frozen=True, slots=True)
class Process:
    """A running server. It leads a session of its own, so that a Ctrl-C at the terminal reaches the runner alone."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        """As the runner sees it; in the run's PID namespace it has another one."""
        return self.popen.pid

    def wait_until(self, condition: Callable[[], T | None], seconds: float, what: str) -> T:
        """As `waiting.wait_until`, with this server's log; raises ProcessEnded at once if the server has ended."""

        def checked() -> T | None:
            code = self.popen.poll()
            if code is not None:
                raise ProcessEnded(f"{self.name} ended with {code} before: {what}{tail(self.log)}")
            return condition()

        return wait_until(checked, seconds, what, log=self.log)

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal; nothing happens if the server has ended."""
        self.popen.send_signal(number)

    def stop(self, grace_seconds: float = STOP_SECONDS) -> None:
        """End the server and all of its process group: SIGTERM, then SIGKILL. Nothing happens if it has ended."""
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(grace_seconds)
            except subprocess.TimeoutExpired:
                os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()
