"""The program in the Pod as a process that runs while a test changes the world around it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support.vault.program import FLAGS, START, Finished
from tests.support.waiting import wait_until
from vault.contract.plan import Output, Plan, Read, Session
from vault.contract.wire import to_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

COMMAND = (sys.executable, *FLAGS, str(START))
AGAIN = "no answer to use yet"


@dataclass(frozen=True, slots=True)
class Running:
    """A program that was started."""

    popen: subprocess.Popen[bytes]
    log: Path
    started: float = field(default_factory=time.monotonic)

    def lines(self, message: str = "") -> list[dict[str, Any]]:
        """What it has said so far, whole lines; those of one message, if given."""
        whole, _, _ = self.log.read_bytes().rpartition(b"\n")
        said = [json.loads(line) for line in whole.splitlines()]
        return [line for line in said if message in ("", line["message"])]

    def wait_for_tries(self, count: int, **fields: object) -> None:
        """Wait until it has tried in vain so often, with lines that have these fields."""

        def enough() -> bool:
            assert self.popen.poll() is None, self.log.read_text()
            return sum(fields.items() <= line.items() for line in self.lines(AGAIN)) >= count

        wait_until(enough, 40, f"the program has tried {count} times, {fields}", log=self.log)

    def finish(self, seconds: float = 90) -> tuple[Finished, float]:
        """Wait for its end; gives how it ended, and how many seconds after its start."""
        code = self.popen.wait(seconds)
        return Finished(code, self.log.read_bytes()), time.monotonic() - self.started


@contextlib.contextmanager
def running(
    plan: Plan, log: Path, *, command: Sequence[str] = COMMAND, more: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """Start it, with `more` variables beside the Plan; at the end it is killed if it still runs."""
    with log.open("wb") as errors:
        popen = subprocess.Popen(
            command,
            env={**to_environment(plan), **(more or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
    with popen:
        try:
            yield Running(popen, log)
        finally:
            popen.kill()


def plan_of(session: Session, directory: Path, *paths: str, seconds: int = 60) -> Plan:
    """Give the Plan that reads paths and leaves each whole as JSON, in files that their numbers name."""
    return Plan(
        sessions=(session,),
        reads=tuple(Read(path=path) for path in paths),
        outputs=tuple(
            Output(directory=str(directory), name=str(number), mode="0444", read=number, format="json")
            for number, _ in enumerate(paths)
        ),
        deadline_seconds=seconds,
    )


def left(directory: Path) -> dict[str, Any]:
    """Give the files of `plan_of`, read as an application does."""
    return {
        each.name: json.loads(each.read_bytes()) for each in directory.iterdir() if each.is_symlink() and each.is_file()
    }


def succeeded(program: Running, directory: Path, expected: Mapping[str, Any]) -> float:
    """Wait until it has ended well and left these files; gives the seconds that it took."""
    finished, seconds = program.finish()
    assert finished.code == 0, finished.stderr.decode()
    assert left(directory) == expected
    return seconds


def failed(program: Running, directory: Path, code: int, reason: str) -> dict[str, Any]:
    """Wait until it has ended so, with nothing left in the directory; gives its last words, which have a hint."""
    finished, _ = program.finish()
    assert (finished.code, finished.last.get("reason")) == (code, reason), finished.stderr.decode()
    assert finished.last["message"]
    assert finished.last["hint"]
    assert list(directory.iterdir()) == []
    return finished.last
