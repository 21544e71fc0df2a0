"""A container whose hook is gone before its files are there ends at once, whatever it is doing."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from vault.agent import hook
from vault.agent.hook import HookWatch
from vault.contract.errors import CannotWrite, StartInterrupted, VaultSealed

HOLD = (
    "import os, sys, time; held = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT); os.lockf(held, os.F_TLOCK, 0); "
    "print('held', flush=True); time.sleep(60)"
)


DESCRIPTORS = Path("/proc/self/fd")


@contextmanager
def holding(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock as the hook does."""
    command = [sys.executable, "-c", HOLD, str(folder / "hook")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_the_hook_goes(tmp_path: Path) -> None:
    """With its kubelet: the container ends before another one can look."""
    with holding(tmp_path) as process:
        killer = threading.Timer(0.4, process.kill)
        killer.start()
        began = time.monotonic()
        with pytest.raises(StartInterrupted) as raised, HookWatch(str(tmp_path)):
            time.sleep(60)
    assert 0.4 <= time.monotonic() - began < 3
    assert raised.value.exit_code == 17
    assert raised.value.hint


def test_the_hook_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is interrupted."""
    monkeypatch.setattr(hook, "COMES_WITHIN_SECONDS", 0.5)
    with holding(tmp_path), HookWatch(str(tmp_path)):
        time.sleep(1)


def test_the_hook_ends_because_the_files_are_there(tmp_path: Path) -> None:
    """As it always does."""
    with HookWatch(str(tmp_path)):
        with holding(tmp_path):
            time.sleep(0.4)
            (tmp_path / "ready").touch()
        time.sleep(0.5)


def test_the_hook_does_not_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the kubelet was restarted before it began."""
    monkeypatch.setattr(hook, "COMES_WITHIN_SECONDS", 0.3)
    with pytest.raises(StartInterrupted), HookWatch(str(tmp_path)):
        time.sleep(60)


def test_it_comes_late_but_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy node takes its time to run it."""
    monkeypatch.setattr(hook, "COMES_WITHIN_SECONDS", 3.0)
    with HookWatch(str(tmp_path)):
        time.sleep(1)
        with holding(tmp_path):
            time.sleep(3)
            (tmp_path / "ready").touch()


def test_another_failure_is_its_own(tmp_path: Path) -> None:
    """And afterwards nothing is left of the watch."""
    before = signal.getsignal(signal.SIGALRM)
    open_before = len(list(DESCRIPTORS.iterdir()))
    with pytest.raises(VaultSealed), HookWatch(str(tmp_path)):
        raise VaultSealed("sealed")
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) == before
    assert len(list(DESCRIPTORS.iterdir())) == open_before


def test_a_state_directory_that_is_not_there(tmp_path: Path) -> None:
    """It cannot be watched."""
    with pytest.raises(CannotWrite):
        HookWatch(str(tmp_path / "none"))
