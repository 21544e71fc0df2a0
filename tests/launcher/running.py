"""How the tests run the launcher: to its end, or with a command that is looked at while it waits."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SECONDS = 60.0

# says that it runs, and waits until its standard input is closed; arguments follow
WAITING = ("/bin/sh", "-c", "echo up; read -r line", "sh")

Word = str | bytes | Path
Variables = Mapping[str, str] | Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it left."""

    code: int
    printed: bytes
    said: bytes


def ended(command: Sequence[Word], environ: Variables | None = None, folder: Path | None = None) -> Ended:
    """Run a command to its end; without an environment it gets an empty one."""
    result = subprocess.run(
        command,
        cwd=folder,
        env=environ or {},
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=SECONDS,
        check=False,
    )
    return Ended(result.returncode, result.stdout, result.stderr)


def entries(variables: Mapping[bytes, bytes]) -> bytes:
    """Render an env file; /proc/PID/environ has the same form."""
    return b"".join(name + b"=" + value + b"\0" for name, value in variables.items())


@dataclass(frozen=True, slots=True)
class Running:
    """A command that said that it runs, by its process ID: that of the launcher, if that started it."""

    pid: int

    def read(self, name: str) -> bytes:
        """Read a file of the process in /proc."""
        return Path(f"/proc/{self.pid}/{name}").read_bytes()

    def status(self, names: Sequence[str]) -> dict[str, str]:
        """Give some fields of /proc/PID/status; each must be there."""
        lines = (line.split(":", 1) for line in self.read("status").decode().splitlines())
        found = {name: value.strip() for name, value in lines}
        return {name: found[name] for name in names}


@contextmanager
def running(
    command: Sequence[Word], environ: Variables | None = None, pass_fds: Sequence[int] = ()
) -> Iterator[Running]:
    """Start a command of WAITING, wait until it runs, and end it."""
    with subprocess.Popen(
        command,
        env=environ or {},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=pass_fds,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        assert line == b"up\n", process.stderr.read()
        yield Running(process.pid)
