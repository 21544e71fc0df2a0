"""Many sidecars as processes, each with files and a state of its own, started gently, and ended with the block."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.support.vault.running import running
from tests.support.vault.sidecar import Sidecar
from tests.support.waiting import wait_until
from vault.contract.plan import Plan

AT_ONCE = 4
READY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Fleet:
    """The sidecars that run."""

    _stack: ExitStack
    sidecars: list[Sidecar] = field(default_factory=list)

    def start(self, plans: Iterable[Plan]) -> None:
        """Start more, a few at a time, so that a small machine bears it; all are ready then."""
        starting: list[Sidecar] = []
        for plan in plans:
            if len(starting) == AT_ONCE:
                ready = wait_until(partial(_first_ready, starting), READY_SECONDS, "one is ready")
                starting.remove(ready)
            state = Path(plan.state_directory)
            directory = Path(plan.outputs[0].directory)
            for made in (state, directory):
                made.mkdir(parents=True)
            program = self._stack.enter_context(running(plan, state.with_suffix(".log")))
            starting.append(Sidecar(program, plan, directory, state))
            self.sidecars.append(starting[-1])
        self.wait(_is_ready, READY_SECONDS, "it is ready")

    def wait(self, condition: Callable[[Sidecar], bool], seconds: float, what: str) -> None:
        """Wait until a condition was met by each sidecar, with one deadline for all."""
        deadline = time.monotonic() + seconds
        for each in self.sidecars:
            wait_until(lambda: _is_alive(each) and condition(each), deadline - time.monotonic(), what)  # noqa: B023

    def live(self, seconds: float) -> None:
        """Let them live for so long; none ends."""
        end = time.monotonic() + seconds
        wait_until(lambda: time.monotonic() >= end, seconds + 1, "the time has passed")
        assert all(map(_is_alive, self.sidecars))


def _is_alive(sidecar: Sidecar) -> bool:
    assert sidecar.program.popen.poll() is None, sidecar.program.log.read_text()
    return True


def _is_ready(sidecar: Sidecar) -> bool:
    return _is_alive(sidecar) and (sidecar.state / "ready").exists()


def _first_ready(sidecars: Iterable[Sidecar]) -> Sidecar | None:
    return next(filter(_is_ready, sidecars), None)


@contextmanager
def fleet() -> Iterator[Fleet]:
    """Run none yet; at the end all are killed."""
    with ExitStack() as stack:
        yield Fleet(stack)
