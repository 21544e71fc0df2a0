"""A run leaves nothing behind, however its runner ends, and lets nothing out."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.realparts.identity import Identity, identity_of, is_alive
from tests.realparts.leftovers import PREFIX, sweep, traces
from tests.realparts.sandbox import CommandFailed, sandbox
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real

ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def runner(*what: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """Run `python -m tests.realparts WHAT` until it is up; gives it with what it printed, and kills it at the end."""
    command = [sys.executable, "-m", "tests.realparts", *what]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said: dict[str, str] = {}
        try:
            for line in process.stdout:
                name, value = line.split(maxsplit=1)
                said[name] = value.strip()
                if name == "up":
                    break
            assert "up" in said, said
            yield process, said
        finally:
            process.kill()


def gone(run: str) -> bool:
    return not traces(run)


def owner(run: str) -> dict[str, Identity]:
    """Who keeps a run, as it says itself."""
    recorded = json.loads((Path(tempfile.gettempdir()) / run / "owner.json").read_text())
    return {name: Identity(*recorded[name]) for name in ("runner", "keeper", "init")}


def test_normal_end() -> None:
    """After a run ended nothing of it is to be seen, not even a daemon of it that ignores SIGTERM."""
    with sandbox() as box:
        box.run(["sh", "-c", "trap '' TERM; setsid sleep 1000 >/dev/null 2>&1 & mount -t tmpfs none /var/log"])
        seen = traces(box.name)
    assert any("sleep" in each for each in seen)
    assert any("device" in each for each in seen)
    assert traces(box.name) == []


def test_failing_test() -> None:
    """An exception in a test ends its servers as well."""
    with pytest.raises(ZeroDivisionError), sandbox() as box:  # noqa: PT012 - the context is what is tested
        box.start("sleep", ["sleep", "1000"])
        raise ZeroDivisionError
    assert traces(box.name) == []


def test_killed_runner() -> None:
    """A runner with Vault and DynamoDB Local is killed with SIGKILL, and all of it goes away without another run."""
    with runner("vault") as (process, said):
        seen = traces(said["run"])
        assert any("vault" in each for each in seen)
        assert any("java" in each for each in seen)
        process.kill()
        process.wait()
        wait_until(lambda: gone(said["run"]), 30, f"nothing is left of {said['run']}")


def test_interrupted_runner() -> None:
    """Ctrl-C ends a runner in order: it has removed everything when it ends."""
    with runner("vault") as (process, said):
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert traces(said["run"]) == []


def test_killed_keeper() -> None:
    """Where the keeper was killed as well, its processes die with it, and the next run's sweep removes the rest."""
    with runner("vault") as (process, said):
        run = said["run"]
        kept = owner(run)
        assert kept["runner"].pid == process.pid
        os.kill(kept["keeper"].pid, signal.SIGKILL)
        assert run not in sweep(), "its runner lives"
        process.kill()
        process.wait()
        wait_until(lambda: [each.split()[0] for each in traces(run)] == ["folder"], 10, "all but the folder is gone")
        wait_until(lambda: not is_alive(kept["init"]), 10, "init is gone")
        assert run in sweep()
        assert traces(run) == []


def test_sweep_spares_the_living() -> None:
    """A sweep touches neither a live run nor a stranger that has the pid of a dead keeper."""
    with sandbox() as box:
        assert box.name not in sweep()
        assert traces(box.name)
        mine = identity_of(os.getpid())
        assert mine is not None
        assert is_alive(mine)
        assert not is_alive(mine._replace(started=mine.started - 1))


def test_sweep_beside_a_run_that_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run whose folder goes away while it is looked at is no fault, wherever the look is."""
    steps = ("read_text", "stat")
    for step in steps:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        real = getattr(Path, step)

        def vanish(path: Path, *arguments: object, folder: Path = folder, real: Any = real, **options: object) -> Any:
            if path.is_relative_to(folder):
                shutil.rmtree(folder, ignore_errors=True)
            return real(path, *arguments, **options)

        with monkeypatch.context() as patch:
            patch.setattr(Path, step, vanish)
            assert folder.name not in sweep()
        assert not folder.exists()


def test_nothing_leaves() -> None:
    """No address outside of the run's network can be reached from it."""
    program = "import socket; socket.create_connection(('198.51.100.1', 53), timeout=5)"
    with sandbox() as box, pytest.raises(CommandFailed, match=r"No route to host|timed out|unreachable"):
        box.run([sys.executable, "-I", "-c", program])


def test_side_by_side() -> None:
    """Two runs at once have addresses of their own, and the same port."""
    with sandbox() as one, sandbox() as other:
        assert one.address != other.address
        assert one.port(8200) == other.port(8200) == 8200
        assert one.node == other.node
