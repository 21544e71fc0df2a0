"""A sidecar stays as small as it is: memory and file descriptors, over thousands of reads of a hundred secrets."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.support.vault.program import FLAGS, ROOT
from tests.support.vault.server import VaultServer
from tests.support.vault.sidecar import sidecar_plan, write_role
from vault.contract.plan import Read
from vault.contract.wire import to_environment

SECRETS = 100
ROUNDS = 12
KIB = 1024

# the sidecar's own parts, by its own loop, without its waits: every secret is read and published anew each time
ROTATE = """
import gc, json, os, sys
sys.path.append(sys.argv[1])
gc.disable()
from vault.agent.sidecar import loop
from vault.agent.sidecar.calls import Calls
from vault.agent.sidecar.machine import phases
from vault.contract.wire import from_environment

def measured():
    with open("/proc/self/status") as file:
        pages = [line for line in file if line.startswith("VmRSS")][0].split()[1]
    return int(pages), len(os.listdir("/proc/self/fd"))

class Hurried(loop.Sidecar):
    figures = []

    def _wait(self, action):
        super()._wait(action.replace(until=0))
        Hurried.figures.append(measured())
        if len(Hurried.figures) == int(sys.argv[2]):
            print(json.dumps(Hurried.figures))
            sys.stdout.flush()
            os._exit(0)
        stale = (read.replace(phase=phases.STALE, read_called=0.0) for read in self.state.reads)
        self.state = self.state.replace(reads=tuple(stale))

Hurried(from_environment(os.environ), Calls()).live()
"""


def test_memory_is_flat(vault_server: VaultServer, directory: Path) -> None:
    """After the first rounds nothing grows, and 20 MiB are enough for a hundred secrets."""
    policy = 'path "sys/tools/random" { capabilities = ["update"] }'
    vault_server.client.write("sys/policies/acl/random", {"policy": policy})
    role = write_role(vault_server, "shop.memory", "batch", "10m", "0", "random")
    # another value at each call
    reads = [Read(path="sys/tools/random", data=(("bytes", str(32 + number)),)) for number in range(SECRETS)]
    directory.with_name("state").mkdir()
    plan = sidecar_plan(vault_server.session(role=role), directory, *reads)
    command = [sys.executable, *FLAGS, "-c", ROTATE, str(ROOT), str(ROUNDS)]
    done = subprocess.run(command, env=to_environment(plan), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    resident = [kibibytes for kibibytes, _ in figures]

    assert done.stderr.count('"published"') == ROUNDS
    assert max(resident) < 20 * KIB, resident
    assert resident[-1] - resident[ROUNDS // 3] <= 128, resident
    assert len({files for _, files in figures}) == 1, figures
