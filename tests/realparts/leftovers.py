"""What runs leave behind: nothing, unless their keeper was killed too; and how to see that it is nothing."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import time
from pathlib import Path

from tests.realparts import keeper, network
from tests.realparts.identity import Identity, is_alive
from tests.support.waiting import wait_until

PREFIX = "omamori-run-"

NEWBORN_SECONDS = 60.0


def sweep() -> list[str]:
    """Remove the runs whose runner and keeper are dead, and give their names; nothing else is touched.

    A run may end, and be removed by its own keeper or by another sweep, at any moment of this.
    """
    return [folder.name for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*") if _swept(folder)]


def _swept(folder: Path) -> bool:
    try:
        return _is_over(folder) and _removed(folder)
    except FileNotFoundError:
        if folder.exists():
            raise
        return False


def _is_over(folder: Path) -> bool:
    try:
        owner = json.loads((folder / "owner.json").read_text())
    except FileNotFoundError:
        # its keeper is about to write it
        return time.time() - folder.stat().st_mtime >= NEWBORN_SECONDS
    return not any(owner[role] and is_alive(Identity(*owner[role])) for role in ("keeper", "runner"))


def _removed(folder: Path) -> bool:
    try:
        owner = json.loads((folder / "owner.json").read_text())
    except FileNotFoundError:
        owner = {"init": None, "device": network.device_name(folder.name)}
        (folder / "owner.json").write_text(json.dumps(owner))
    if owner["init"]:
        init = Identity(*owner["init"])
        if is_alive(init):
            os.kill(init.pid, signal.SIGKILL)
        wait_until(lambda: not is_alive(init), 30, f"the init of {folder.name} dies")
    keeper.clean(folder)
    return True


def traces(run: str) -> list[str]:
    """All that is to be seen of a run on this machine: processes, mounts, devices, cgroups, its folder.

    A process is the run's if it names the run in its command or environment, or in what is mounted for it.
    """
    found = []
    name = run.encode()
    for process in Path("/proc").glob("[0-9]*"):
        for file in ("cmdline", "environ", "mountinfo", "cgroup"):
            try:
                content, command = (process / file).read_bytes(), (process / "comm").read_text().strip()
            except OSError:  # it ended meanwhile, or is the kernel's
                continue
            if name in content and process.name != str(os.getpid()):
                found.append(f"process {process.name} ({command}): {file}")
    found += [f"mount {line}" for line in Path("/proc/self/mountinfo").read_text().splitlines() if run in line]
    found += [f"cgroup {path}" for path in keeper.cgroups_of(run) if path.exists()]
    device = Path("/sys/class/net", network.device_name(run))
    found += [f"device {device.name}"] if device.exists() else []
    folder = Path(tempfile.gettempdir()) / run
    found += [f"folder {folder}"] if folder.exists() else []
    return found
