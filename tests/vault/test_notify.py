"""Which processes are told of a change: by their name, and by no other."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from vault.agent.sidecar.notify import notify, processes_called

RENAME = """
import sys
with open("/proc/self/comm", "w") as file:
    file.write(sys.argv[1])
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def _process(first: str, comm: str) -> Iterator[int]:
    """Run a process with that first argument and that comm; gives its number."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([first, "-c", RENAME, comm], executable=sys.executable, **pipes) as popen:  # type: ignore[call-overload]
        assert popen.stdout.readline() == b"ready\n"
        try:
            yield popen.pid
        finally:
            popen.kill()


@pytest.mark.parametrize(
    ("first", "comm", "name"),
    [
        ("/opt/told-by-its-path", "other", "told-by-its-path"),
        ("told-by-its-first-argument", "other", "told-by-its-first-argument"),
        ("other", "told-by-comm", "told-by-comm"),
        ("told: master process", "other", "told: master process"),
    ],
)
def test_a_process_is_found_by_its_name(first: str, comm: str, name: str) -> None:
    """By what it was started as, without the folders, or by its comm; the whole name, and not a part."""
    with _process(first, comm) as number, _process(f"{name}-not", f"x{comm}"):
        assert processes_called(name) == [number]
        assert processes_called(name[:-1]) == []
        assert processes_called("") == []


def test_we_are_not_found() -> None:
    """Whoever asks is not told, whatever it is called."""
    with open("/proc/self/comm") as file:  # noqa: PTH123 - as the program does
        ours = file.read().strip()

    assert os.getpid() not in processes_called(ours)


def test_processes_of_others_are_passed_over(tmp_path: Path) -> None:
    """Another user's process, one that ended, and what is no process are none."""
    for number, comm in (("7", "shop\n"), ("8", "shop\n")):
        folder = tmp_path / number
        folder.mkdir()
        (folder / "comm").write_text(comm)
        (folder / "cmdline").write_bytes(b"")
    (tmp_path / "9").mkdir()
    (tmp_path / "self").mkdir()
    if os.geteuid() == 0:
        os.chown(tmp_path / "8", 65532, 65532)

    assert processes_called("shop", str(tmp_path)) == ([7] if os.geteuid() == 0 else [7, 8])


def test_nobody_to_be_told_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """The log has the name, and what the Pod may lack."""
    notify("nobody-is-called-so", "HUP")

    assert "shareProcessNamespace" in capsys.readouterr().err
