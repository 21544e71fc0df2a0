"""The command is the launcher's own process: what the kernel knows of it is as if the launcher had not been there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.launcher.running import WAITING, Running, running

pytestmark = pytest.mark.real

# starts a command with dispositions and a mask that are not the usual ones, and a signal that waits
UNUSUAL = """\
import os, signal, sys
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
for ignored in (signal.SIGHUP, signal.SIGTTOU, signal.SIGRTMIN + 5):
    signal.signal(ignored, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, signal.SIGCHLD, signal.SIGRTMIN])
os.kill(os.getpid(), signal.SIGUSR2)
os.umask(0o027)
os.execv(sys.argv[1], sys.argv[1:])
"""
PYTHON = (sys.executable, "-I", "-S", "-c")

SAME = (
    *("SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt"),
    *("Umask", "PPid", "Uid", "Gid", "Groups", "CapEff", "NoNewPrivs", "Seccomp", "Threads", "TracerPid"),
)


@pytest.fixture
def prefix(launch: Path, tmp_path: Path) -> list[str | Path]:
    """What stands before a command that is launched."""
    env_file = tmp_path / "env"
    env_file.write_bytes(b"SECRET=a\0")
    return [launch, env_file, "--"]


def files_of(command: Running) -> dict[str, str]:
    """Give the open files of a process by their numbers; those of its pipes are its own."""
    found = {}
    for each in Path(f"/proc/{command.pid}/fd").iterdir():
        target = str(each.readlink())
        found[each.name] = "pipe" if target.startswith("pipe:") else target
    return found


@contextmanager
def inherited_file(folder: Path) -> Iterator[int]:
    """Open a file for commands to inherit."""
    with (folder / "inherited").open("w") as file:
        yield file.fileno()


def test_signals(prefix: list[str | Path]) -> None:
    """Dispositions, the mask and waiting signals, the umask and the credentials are as without the launcher."""
    with running([*PYTHON, UNUSUAL, *WAITING]) as direct, running([*PYTHON, UNUSUAL, *prefix, *WAITING]) as launched:
        expected, found = direct.status(SAME), launched.status(SAME)

    assert found == expected
    assert int(found["SigIgn"], 16) & (1 << signal.SIGHUP - 1)
    assert int(found["SigBlk"], 16) & int(found["ShdPnd"], 16) & (1 << signal.SIGUSR2 - 1)


def test_default_signals(prefix: list[str | Path]) -> None:
    """What the runner ignores and blocks, usually nothing, stays so: the launcher adds none."""
    with running(WAITING) as direct, running([*prefix, *WAITING]) as launched:
        expected, found = (each.status(["SigBlk", "SigIgn"]) for each in (direct, launched))

    assert found == expected


def test_files(prefix: list[str | Path], tmp_path: Path) -> None:
    """The command has the open files that the launcher was given, and not the env file."""
    with (
        inherited_file(tmp_path) as number,
        running(WAITING, pass_fds=[number]) as direct,
        running([*prefix, *WAITING], pass_fds=[number]) as launched,
    ):
        expected, found = files_of(direct), files_of(launched)

    assert found == expected
    assert found[str(number)] == str(tmp_path / "inherited")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_files(prefix: list[str | Path], tmp_path: Path, closed: str) -> None:
    """Where standard files are closed, the env file does not stay in their place."""
    listing = 'exec "$@" ' + closed
    seen = f"ls -l /proc/$$/fd > {tmp_path}/seen"
    subprocess.run(["/bin/sh", "-c", listing, "sh", *prefix, "/bin/sh", "-c", seen], check=True, stderr=subprocess.PIPE)

    text = (tmp_path / "seen").read_text()
    assert "total" in text
    assert str(tmp_path / "env") not in text


def test_working_directory(prefix: list[str | Path]) -> None:
    """The command is where the launcher was."""
    with running([*prefix, *WAITING]) as launched:
        assert Path(f"/proc/{launched.pid}/cwd").readlink() == Path.cwd()


def test_terminated(prefix: list[str | Path]) -> None:
    """A SIGTERM to the launcher's process ends a command that does not handle it."""
    with subprocess.Popen([*prefix, *WAITING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={}) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        process.terminate()
        assert process.wait() == -signal.SIGTERM


def test_handled(prefix: list[str | Path]) -> None:
    """A SIGTERM to the launcher's process is the command's to handle, and the exit code is the command's."""
    handling = "trap 'exit 7' TERM; echo up; while true; do read -r line; done"
    command = [*prefix, "/bin/sh", "-c", handling]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={}) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        process.terminate()
        assert process.wait() == 7


def test_nobody_reads_the_line(launch: Path) -> None:
    """The exit code tells of a failure also where the other end of stderr is gone."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        assert subprocess.run([launch], stderr=writing, check=False).returncode == 125
    finally:
        os.close(writing)
