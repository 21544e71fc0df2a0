"""The program that stays: it waits for its end, and takes next to nothing."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.launcher.running import Ended, ended
from tests.support.waiting import wait_until

pytestmark = pytest.mark.real

IN_NEW_NAMESPACE = ("unshare", "--pid", "--fork", "--kill-child")


def status(pid: int, field: str) -> str:
    """A field of the process's status."""
    found = re.search(rf"^{field}:\s*(\S+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found is not None
    return found[1]


def waits(pid: int) -> bool:
    """Whether it has blocked its signals: it ignores the ends of children right behind that."""
    return bool(int(status(pid, "SigIgn"), 16) & 1 << (signal.SIGCHLD - 1))


@contextmanager
def staying(*command: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run it until it has blocked its signals."""
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        try:
            wait_until(lambda: waits(process.pid), 10, "it waits")
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_once(stay: Path, number: signal.Signals) -> None:
    """With 0, and without a word."""
    with staying(stay) as process:
        process.send_signal(number)
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_a_signal_that_came_before_it_is_kept(stay: Path) -> None:
    """Its predecessor blocks the signals; one that came between the two programs ends it."""
    code = (
        "import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]); "
        "os.kill(os.getpid(), signal.SIGTERM); os.execv(sys.argv[1], sys.argv[1:])"
    )
    assert ended(["/usr/bin/python3", "-c", code, stay]) == Ended(0, b"", b"")


def test_it_ends_as_the_first_process(stay: Path) -> None:
    """The first process of a container gets only signals that it waits for, and nobody else collects its children."""
    with subprocess.Popen([*IN_NEW_NAMESPACE, stay]) as unshare:
        children = Path(f"/proc/{unshare.pid}/task/{unshare.pid}/children")
        child = int(wait_until(lambda: children.read_text().split(), 10, "it is there")[0])
        wait_until(lambda: waits(child), 10, "it waits")
        subprocess.run(["kill", "-TERM", str(child)], check=True)
        assert unshare.wait(10) == 0


def test_other_signals_do_not_end_the_first_process(stay: Path) -> None:
    """As in any container: HUP and USR1 are for applications."""
    with subprocess.Popen([*IN_NEW_NAMESPACE, stay]) as unshare:
        children = Path(f"/proc/{unshare.pid}/task/{unshare.pid}/children")
        child = int(wait_until(lambda: children.read_text().split(), 10, "it is there")[0])
        wait_until(lambda: waits(child), 10, "it waits")
        # from within the namespace it is only from outside that a first process can be ended by these
        inside = ["nsenter", "--target", str(child), "--pid", "kill", "-USR1", "1"]
        subprocess.run(inside, check=True)
        assert unshare.poll() is None
        subprocess.run(["kill", "-TERM", str(child)], check=True)
        assert unshare.wait(10) == 0


def test_its_memory(stay: Path) -> None:
    """At most half a mebibyte is resident."""
    with staying(stay) as process:
        assert int(status(process.pid, "VmHWM")) <= 512


def test_nobody_else_may_look_through_it(stay: Path) -> None:
    """It is not dumpable: its files in /proc belong to root, whoever runs it."""
    with staying("setpriv", "--reuid=10001", "--clear-groups", stay) as process:
        assert Path(f"/proc/{process.pid}/environ").stat().st_uid == 0


def test_usage(stay: Path) -> None:
    """Words are a mistake."""
    assert ended([stay, "for", "ever"]) == Ended(125, b"", b"omamori-stay: usage: omamori-stay\n")
