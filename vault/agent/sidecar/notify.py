"""Who is notified of a change: each process of our own user with that name, in the Pod's shared PID namespace.

A process is known by its `comm` (what `ps -o comm` shows, 15 characters at most, which it may set itself) and by the
last part of its first argument, the program as it was started. Either counts; a longer name can only be an argument.
We never notify ourselves.
"""

from __future__ import annotations

import os

from vault.agent import log
from vault.agent.signals import signal

PROC = "/proc"


def notify(process: str, signal_name: str) -> None:
    """Send a signal, one of contract.SIGNALS without its SIG, to each process of that name."""
    number = getattr(signal, f"SIG{signal_name}")
    notified = 0
    for pid in processes_called(process):
        try:
            os.kill(pid, number)
            notified += 1
        except ProcessLookupError:
            continue  # it has ended meanwhile
        except PermissionError:
            log.write("warning", "a process may not be sent a signal", process=process, pid=pid)
    if notified:
        log.write("info", "notified of the change", process=process, signal=signal_name, processes=notified)
    else:
        log.write(
            "warning",
            "there is no process to notify of the change",
            process=process,
            hint="the Pod needs shareProcessNamespace: true, and the process the same user as this container",
        )


def processes_called(name: str, proc: str = PROC) -> list[int]:
    """Find the processes of our user with that name, without ourselves."""
    found = []
    for entry in os.listdir(proc):
        if entry.isascii() and entry.isdigit() and int(entry) != os.getpid():
            folder = os.path.join(proc, entry)
            try:
                if os.stat(folder).st_uid == os.geteuid() and name in _names(folder):
                    found.append(int(entry))
            except OSError:
                continue  # it has ended meanwhile
    return sorted(found)


def _names(folder: str) -> set[str]:
    with open(os.path.join(folder, "comm"), "rb") as file:
        comm = file.read().removesuffix(b"\n")
    with open(os.path.join(folder, "cmdline"), "rb") as file:
        first = file.read().partition(b"\0")[0]
    return {os.fsdecode(comm), os.fsdecode(os.path.basename(first))} - {""}
