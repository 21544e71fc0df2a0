"""Which process is meant: a pid alone may be another process by now, a pid with its start time and boot cannot.

Imports the standard library alone, at run time too: the keeper runs it without the virtual environment.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Identity(NamedTuple):
    """A process of this machine, past or present."""

    pid: int
    started: int  # clock ticks since boot: field 22 of /proc/PID/stat
    boot: str


def identity_of(pid: int) -> Identity | None:
    """The process that has this pid now; None if there is none, or only a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()  # the name before it may hold spaces and brackets
    if fields[0] in "ZX":
        return None
    return Identity(pid, int(fields[19]), Path("/proc/sys/kernel/random/boot_id").read_text().strip())


def is_alive(process: Identity) -> bool:
    """Whether this very process runs."""
    return identity_of(process.pid) == process
