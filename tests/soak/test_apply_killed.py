"""`omamori policy apply` killed at any point: what it leaves is a state that the next run completes."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.scale import keep, scaled, seed
from tests.support.vault.access import Ground, grant
from tests.support.vault.proxy import running_proxy
from tests.support.vault.server import VaultServer, issue
from vault.policy.commands.access_files import read_access

if TYPE_CHECKING:
    import trustme

pytestmark = [pytest.mark.real, pytest.mark.timeout(0)]

RUNS = scaled(6, 100)
GRANTS = scaled(20, 50)
LOCK_SECONDS = 2
NEVER = 10**9


def written(ground: Ground, version: int) -> str:
    """An access file in which every role differs from the version before, and some grants come and go."""
    lines = ["accessVersion: 1", f"owner: {ground.owner}", f"lock: {ground.mount}/data/lock"]
    lines += [f"mounts: {{{ground.mount}: {{type: kv}}}}", f"auth: {{{ground.auth}: {{type: jwt}}}}", "grants:"]
    for number in range(GRANTS):
        if (number + version) % 10:
            lines.append(f"- workload: {{namespace: shop, serviceAccount: app-{number}}}")
            lines.append(f"  paths: {{{ground.mount}/data/{number}/{version}: read}}")
            lines.append(f"  token: {{ttl: {300 + version}}}")
    return "\n".join(lines) + "\n"


class Killer:
    """Kills the apply before a certain request reaches Vault, of those that the proxy is to see in a run."""

    def __init__(self) -> None:
        self._left = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._armed = threading.Event()

    def arm(self, process: subprocess.Popen[bytes], requests: int) -> None:
        """Kill this process before its next request after so many."""
        self._process, self._left = process, requests
        self._armed.set()

    def disarm(self) -> None:
        """Let everything through."""
        self._process = None

    def __call__(self, _path: str) -> None:
        """Count a request."""
        assert self._armed.wait(10)
        self._left -= 1
        if self._process is not None and self._left < 0:
            self._process.kill()


def test_killed_at_any_point(vault_server: VaultServer, authority: trustme.CA, tmp_path: Path) -> None:
    """Each run is killed at a request of its own; each time a run that is let be ends with nothing left to do."""
    rng = random.Random(seed())
    ground = Ground(vault_server)
    ground.apply(ground.access([grant()], lock=f"{ground.mount}/data/lock"))
    file, token = tmp_path / "access.yaml", tmp_path / "token"
    token.write_text(vault_server.root_token)
    command = [
        sys.executable,
        "-m",
        "webhook",
        "policy",
        "apply",
        "-f",
        str(file),
        "--prune",
        "--prune-at-most",
        "1000",
    ]
    command += ["--lock-seconds", str(LOCK_SECONDS), "--vault-token-file", str(token)]
    command += ["--vault-ca-file", str(vault_server.ca_file), "--vault-address"]
    killed, partly, waits, requests = 0, 0, [], 0
    with running_proxy(issue(authority, tmp_path, "127.0.0.1"), vault_server) as proxy:
        for version in range(RUNS + 2):
            file.write_text(written(ground, version))
            before = _left(ground, file)
            killer = Killer()
            proxy.before = killer
            process = subprocess.Popen([*command, proxy.address], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            # every other run at a write, of which the last third of its requests consists
            started_at, least = len(proxy.exchanges), requests * 2 // 3 if version % 2 else 0
            # the first two are let be: the second, which changes what is there, says how many requests there are
            killer.arm(process, rng.randrange(least, requests) if version > 1 else NEVER)
            killed += process.wait() == -signal.SIGKILL
            requests = len(proxy.exchanges) - started_at if version == 1 else requests
            killer.disarm()
            partly += 0 < _left(ground, file) < before
            started = time.monotonic()
            completed = subprocess.run([*command, proxy.address], capture_output=True, check=False)
            assert completed.returncode == 0, completed.stderr.decode()
            waits.append(time.monotonic() - started)
            access = read_access([file])
            assert ground.plan(access).is_empty
            assert set(vault_server.client.list(f"auth/{ground.auth}/role")) == {each.role for each in access.grants}
    figures: dict[str, Any] = {"runs": RUNS, "grants": GRANTS, "killed": killed, "left_partly_done": partly}
    figures |= {"completed_after_seconds_median": round(sorted(waits)[RUNS // 2], 2), "worst": round(max(waits), 2)}
    keep("apply_killed", figures)
    ground.clear()
    assert killed > RUNS / 2
    assert partly


def _left(ground: Ground, file: Path) -> int:
    """How many changes an apply has before it."""
    plan = ground.plan(read_access([file]))
    return len(plan.changes) + len(plan.orphans)
