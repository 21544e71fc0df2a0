"""The program in the Pod killed at any point: whoever reads sees one whole set, the old one or the new one."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.support.scale import keep, scaled, seed
from tests.support.vault.program import FLAGS, START
from tests.support.vault.server import VaultServer
from vault.contract.plan import Output, Plan, Read
from vault.contract.wire import to_environment

pytestmark = [pytest.mark.timeout(0)]

RUNS = scaled(15, 500)
FILES = 6
BYTES = 60_000  # of each file: a set takes its time to be written


def contents(version: int, file: int) -> str:
    """What a file of a version holds: its first line says both."""
    return f"{version} {file}\n".ljust(BYTES, chr(97 + version % 26))


class Reader(threading.Thread):
    """Reads set after set, resolving `..data` once for each, and remembers what it saw that cannot be."""

    def __init__(self, directory: Path) -> None:
        super().__init__(daemon=True)
        self._directory = directory
        self.ended = threading.Event()
        self.sets = 0
        self.versions: set[int] = set()
        self.wrong: list[str] = []

    def run(self) -> None:
        """Read until told to stop."""
        while not self.ended.is_set():
            try:
                current = self._directory / (self._directory / "..data").readlink()
                found = [(current / f"f{each}").read_text() for each in range(FILES)]
            except FileNotFoundError:
                # nothing was published yet; or the set before the last was removed while it was read
                continue
            versions = {int(each.partition(" ")[0]) for each in found}
            self.sets += 1
            self.versions |= versions
            if len(versions) != 1 or found != [contents(min(versions), each) for each in range(FILES)]:
                self.wrong.append(f"versions {sorted(versions)}, lengths {[len(each) for each in found]}")


def test_killed_at_any_point(vault_server: VaultServer, tmp_path: Path) -> None:
    """Each run has a new version to publish and is killed, most of them while it writes; the last one is let be."""
    rng = random.Random(seed())
    directory = tmp_path / "volume"
    directory.mkdir()
    path = "secret/data/shop/killed"
    plan = Plan(
        sessions=(vault_server.session(),),
        reads=(Read(path=path),),
        outputs=tuple(
            Output(directory=str(directory), name=f"f{each}", mode="0400", key=f"k{each}") for each in range(FILES)
        ),
    )
    environment = to_environment(plan)
    command = [sys.executable, *FLAGS, str(START)]
    reader = Reader(directory)
    reader.start()
    usual, killed = 0.2, 0
    for version in range(1, RUNS + 1):
        vault_server.client.write(path, {"data": {f"k{each}": contents(version, each) for each in range(FILES)}})
        started = time.monotonic()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # the last third of a run's life is where it writes
        let_be = version % 5 == 0 or version == RUNS
        try:
            process.wait(None if let_be else usual * rng.uniform(0.5, 1.05))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            killed += 1
        if process.wait() == 0:
            usual = time.monotonic() - started
    reader.ended.set()
    reader.join()
    keep("kill", {"runs": RUNS, "killed": killed, "sets_read": reader.sets, "versions_seen": len(reader.versions)})
    assert reader.wrong == []
    assert killed > RUNS / 5
    assert (directory / "f0").read_text() == contents(RUNS, 0)
    # what was left over by those that were killed is gone: the last set, and the one before it
    assert len([each for each in directory.iterdir() if each.name.startswith("..set-")]) <= 2
