"""A program that is stopped for good behind any system call of its choice: ptrace(2), by ctypes, from the test itself.

The child asks to be traced, stops, and goes on as the program. At each call the tracer notes its name and, where it has
one, its path: so a test sees the calls that there are, and can kill the program after each of them in turn.
"""

from __future__ import annotations

import ctypes
import functools
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

SYSCALL, SETOPTIONS = 24, 0x4200
TRACE_SYSGOOD, EXIT_KILL = 1, 1 << 20

# of each call that a test looks for: the number, and which argument is its path, None: none
NUMBERS: dict[str, dict[int, tuple[str, int | None]]] = {
    "x86_64": {
        1: ("write", None),
        3: ("close", None),
        21: ("access", 0),
        74: ("fsync", None),
        82: ("rename", 0),
        83: ("mkdir", 0),
        84: ("rmdir", 0),
        87: ("unlink", 0),
        88: ("symlink", 1),
        89: ("readlink", 0),
        91: ("fchmod", None),
        157: ("prctl", None),
        257: ("open", 1),
    },
    "aarch64": {
        34: ("mkdir", 1),
        35: ("unlink", 1),
        36: ("symlink", 2),
        38: ("rename", 1),
        48: ("access", 1),
        52: ("fchmod", None),
        56: ("open", 1),
        57: ("close", None),
        64: ("write", None),
        78: ("readlink", 1),
        82: ("fsync", None),
        167: ("prctl", None),
    },
}
# what a script does to be traced from there on
ASK_TO_BE_TRACED = """
import ctypes, os, signal, sys
ctypes.CDLL(None).ptrace(0, 0, 0, 0)
os.kill(os.getpid(), signal.SIGSTOP)
"""
_START = f"{ASK_TO_BE_TRACED}os.execv(sys.argv[1], sys.argv[1:])"


@dataclass(frozen=True, slots=True)
class Call:
    """A system call: its name, "" for one that no publication needs, and its path."""

    name: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Traced:
    """How a traced program ended: `calls` from the first that counted; `code` as of a process, negative: a signal."""

    calls: tuple[Call, ...]
    code: int

    def count(self, name: str) -> int:
        """How many calls of a name there were."""
        return sum(call.name == name for call in self.calls)


def run_traced(
    command: Sequence[str],
    environment: Mapping[str, str],
    begins: Callable[[Call], bool],
    ends: Callable[[Call], bool] = lambda _call: False,
    stop_after: int = 0,
    *,
    asks_itself: bool = False,
) -> Traced:
    """Run a program; count calls from the one that `begins`; kill it behind the one numbered, or the one that `ends`.

    `asks_itself`: it is a script with ASK_TO_BE_TRACED in it.
    """
    if platform.machine() not in NUMBERS:
        pytest.skip(f"no numbers of system calls for {platform.machine()}")
    start = [] if asks_itself else [sys.executable, "-I", "-S", "-c", _START]
    with subprocess.Popen(
        [*start, *command], env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as child:
        try:
            return _follow(child, begins, ends, stop_after)
        finally:
            child.kill()


def _follow(
    child: subprocess.Popen[bytes], begins: Callable[[Call], bool], ends: Callable[[Call], bool], stop_after: int
) -> Traced:
    calls: list[Call] = []
    _, status = os.waitpid(child.pid, 0)
    assert os.WIFSTOPPED(status), "the child did not ask to be traced"
    _ptrace(SETOPTIONS, child.pid, TRACE_SYSGOOD | EXIT_KILL)
    call: Call | None = None
    give = 0
    while True:
        _ptrace(SYSCALL, child.pid, give)
        _, status = os.waitpid(child.pid, 0)
        if not os.WIFSTOPPED(status):
            child.returncode = os.waitstatus_to_exitcode(status)
            return Traced(tuple(calls), child.returncode)
        stopped_by = os.WSTOPSIG(status)
        give = 0 if stopped_by in {signal.SIGTRAP, signal.SIGSTOP} else stopped_by & 0x7F
        if stopped_by != signal.SIGTRAP | 0x80:
            continue
        give = 0
        if call is None:
            call = _entered(child.pid)
            continue
        done, call = call, None
        if calls or begins(done):
            calls.append(done)
            if len(calls) == stop_after or ends(done):
                child.kill()
                while os.WIFSTOPPED(status):
                    _, status = os.waitpid(child.pid, 0)
                child.returncode = os.waitstatus_to_exitcode(status)
                return Traced(tuple(calls), child.returncode)


def _entered(pid: int) -> Call:
    words = Path(f"/proc/{pid}/syscall").read_text().split()
    name, place = NUMBERS[platform.machine()].get(int(words[0]), ("", None))
    return Call(name, "" if place is None else _text_at(pid, int(words[1 + place], 16)))


def _text_at(pid: int, address: int) -> str:
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        memory.seek(address)
        text = b""
        while b"\0" not in text and len(text) < 4096:
            text += memory.read(min(256, 4096 - (address + len(text)) % 4096))  # to the end of a page, not beyond
    return os.fsdecode(text.partition(b"\0")[0])


@functools.cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(None, use_errno=True)
    library.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
    library.ptrace.restype = ctypes.c_long
    return library


def _ptrace(request: int, pid: int, data: int) -> None:
    if _library().ptrace(request, pid, None, data or None) == -1:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
