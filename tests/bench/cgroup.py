"""What a memory limit counts: the peak of a control group, for one command.

Not the same as the peak resident size: pages of files that others hold in the page cache, too, are charged to whoever
read them first, and are in no later Pod's count.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path


def _own_group() -> tuple[Path, str]:
    """Give the folder of our own memory group, and the name of the file that has a group's peak."""
    lines = [line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines()]
    for _, controllers, path in lines:
        if "memory" in controllers.split(","):
            return Path(f"/sys/fs/cgroup/memory{path}"), "memory.max_usage_in_bytes"
    return Path("/sys/fs/cgroup"), "memory.peak"


def peak_mib(command: Sequence[str], environ: Mapping[str, str]) -> float:
    """Run a command to its end, which must be good, in a group of its own, and give the group's peak in MiB."""
    parent, file = _own_group()
    group = parent / "omamori-bench"
    group.mkdir()
    enter = ["/bin/sh", "-c", f'echo $$ > {group}/cgroup.procs; exec "$@"', "sh", *command]
    try:
        subprocess.run(enter, env=environ, check=True, capture_output=True)
        return int((group / file).read_text()) / 2**20
    finally:
        deadline = time.monotonic() + 10
        while group.exists() and time.monotonic() < deadline:
            with suppress(OSError):  # busy, until the last process is gone
                group.rmdir()
