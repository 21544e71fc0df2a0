"""The place in which a run's servers live: a folder, and namespaces that end with the test runner.

Everything is started *in* the sandbox (`Sandbox.start`, `Sandbox.run`) and so cannot outlive it: see keeper.py.
A sandbox has a network of its own (network.py), or shares the machine's and uses free ports of its loopback.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.realparts import keeper, leftovers, network
from tests.realparts.parts import part, parts_folder
from tests.realparts.processes import Process
from tests.support.waiting import tail

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LOOPBACK = "127.0.0.1"


class CannotIsolate(RuntimeError):
    """The namespaces of a run could not be made here; the message says why."""


class CommandFailed(AssertionError):
    """A command in the sandbox ended badly; the message holds its output."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A live run.

    `address` is where servers are reached, by tests and by Pods alike; `listen` is what they bind to; `node` is the
    address that is the same in every run with a network of its own (10.77.0.1), for manifests that name it.
    """

    folder: Path
    init: int
    address: str
    listen: str
    node: str
    own_network: bool
    _started: list[subprocess.Popen[bytes]] = field(repr=False)

    @property
    def name(self) -> str:
        """Unique on this machine; also the name of the run's cgroup."""
        return self.folder.name

    def port(self, preferred: int) -> int:
        """The preferred port in a network of its own, else a free one of loopback."""
        return preferred if self.own_network else free_port()

    def inside(self, command: Sequence[str | Path]) -> list[str]:
        """The command with what makes it run in the mount and network namespace; it still runs in the caller's PIDs.

        Not `ip netns exec`: it mounts a new /sys, and the kubelet would see no cgroups.
        """
        spaces = [f"--mount=/proc/{self.init}/ns/mnt"]
        if self.own_network:
            spaces.append(f"--net=/proc/{self.init}/ns/net")
        return ["nsenter", *spaces, "--", *map(str, command)]

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Nothing of the runner's environment but PATH: no proxy, no credentials, no home to write caches to."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "LANG": "C.UTF-8",
            **(more or {}),
        }

    def start(self, name: str, command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> Process:
        """Start a server; its output goes to `logs/NAME.log`, after what an earlier one of that name left there."""
        log = self.folder / "logs" / f"{name}.log"
        with log.open("ab") as output, _children_in(self.init):
            popen = subprocess.Popen(
                self.inside(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.environment(env),
                start_new_session=True,
            )
        self._started.append(popen)
        return Process(name, popen, log)

    @contextlib.contextmanager
    def running(
        self, name: str, command: Sequence[str | Path], env: Mapping[str, str] | None = None
    ) -> Iterator[Process]:
        """`start`, and stop at the end."""
        process = self.start(name, command, env)
        try:
            yield process
        finally:
            process.stop()

    def run(
        self,
        command: Sequence[str | Path],
        *,
        stdin: str | bytes | None = None,
        env: Mapping[str, str] | None = None,
        check: bool = True,
        seconds: float = 120.0,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end. Raises CommandFailed if it ends with another code than 0, unless check is false."""
        given = stdin.encode() if isinstance(stdin, str) else stdin
        with _children_in(self.init):
            popen = subprocess.Popen(
                self.inside(command),
                stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self.environment(env),
                start_new_session=True,
            )
        with popen:
            try:
                output, errors = popen.communicate(given, timeout=seconds)
            except BaseException:
                popen.kill()
                raise
        result = subprocess.CompletedProcess(
            list(map(str, command)), popen.returncode, output.decode(errors="replace"), errors.decode(errors="replace")
        )
        if check and result.returncode != 0:
            raise CommandFailed(f"{result.args} ended with {result.returncode}: {result.stdout}{result.stderr}")
        return result


@contextlib.contextmanager
def sandbox(*, own_network: bool = True) -> Iterator[Sandbox]:
    """Make a run, and end whatever is left of it. Raises CannotIsolate, for instance where we are not root.

    The run ends with this process. A child that this process forks without exec would hold the run up: do not.
    With OMAMORI_LOGS set to a folder, the logs of the run are copied there at its end.
    """
    if os.geteuid() != 0:
        raise CannotIsolate("the real servers need root: a run has mount, PID and network namespaces of its own")
    part("debian")  # nsenter and ip, and most of what is started
    leftovers.sweep()
    name = f"{leftovers.PREFIX}{os.getpid()}-{secrets.token_hex(3)}"
    folder = Path(tempfile.gettempdir()) / name
    _refuse_masked(folder)
    device = network.device_name(name)
    kept = subprocess.Popen(
        [
            *(sys.executable, "-I", "-S", keeper.__file__, folder),
            *("own-network" if own_network else "shared-network", device),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert kept.stdin is not None
    assert kept.stdout is not None
    started: list[subprocess.Popen[bytes]] = []
    try:
        answer = kept.stdout.read().decode()
        kept.stdout.close()
        if not answer.startswith("ready "):
            raise CannotIsolate(f"a sandbox cannot be made here: {answer}")
        init = int(answer.split()[1])
        address = network.connect(init, device) if own_network else LOOPBACK
        yield Sandbox(
            folder=folder,
            init=init,
            address=address,
            listen="0.0.0.0" if own_network else LOOPBACK,  # noqa: S104 - all addresses of the run's own network
            node=network.NODE if own_network else LOOPBACK,
            own_network=own_network,
            _started=started,
        )
    finally:
        for each in started:  # a zombie that nobody waits for would keep init, and so the keeper, from ending
            each.kill()
            each.wait()
        try:
            logs = os.environ.get("OMAMORI_LOGS")
            if logs and folder.is_dir():
                shutil.copytree(folder / "logs", Path(logs) / name)
        finally:
            kept.stdin.close()
        if kept.wait() != 0 and folder.is_dir():
            raise AssertionError(f"the run {name} was not cleaned up{tail(folder / 'logs' / 'keeper.log')}")


def free_port() -> int:
    """A port of loopback that nobody had a moment ago."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def _children_in(init: int) -> Iterator[None]:
    """Let the children of this thread be born in the PID namespace of init, so that no moment is left uncovered."""
    libc = ctypes.CDLL(None, use_errno=True)  # os.setns is new in Python 3.12

    def enter(space: int) -> None:
        if libc.setns(space, keeper.CLONE_NEWPID) != 0:
            raise OSError(ctypes.get_errno(), "setns: the run's init is gone")

    with Path("/proc/thread-self/ns/pid").open() as own, Path(f"/proc/{init}/ns/pid").open() as wanted:
        enter(wanted.fileno())
        try:
            yield
        finally:
            enter(own.fileno())


def _refuse_masked(folder: Path) -> None:
    """Raise CannotIsolate if something that the servers need lies where a run has folders of its own."""
    for needed in (folder, parts_folder(), Path(sys.prefix), Path(sys.base_prefix), Path(__file__)):
        for name in keeper.MASKED:
            if needed.resolve().is_relative_to(f"/{name}"):
                raise CannotIsolate(f"{needed} is under /{name}, which a run replaces by a folder of its own: move it")
