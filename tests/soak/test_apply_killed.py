"""`omamori policy apply` killed at any point: what it leaves is a state that the next run completes."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.soak.scale import keep, scaled, seed
from tests.vault.support.access import Ground, grant
from tests.vault.support.server import VaultServer
from vault.policy.access import Access
from vault.policy.accessfiles import read_access

pytestmark = [pytest.mark.real, pytest.mark.timeout(0)]

RUNS = scaled(6, 100)
GRANTS = scaled(20, 50)
LOCK_SECONDS = 2


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


def test_killed_at_any_point(vault_server: VaultServer, tmp_path: Path) -> None:
    """Most runs are killed while they write; each time a run that is let be ends with nothing left to do."""
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
        "--lock-seconds",
        str(LOCK_SECONDS),
    ]
    command += ["--vault-address", vault_server.address, "--vault-ca-file", str(vault_server.ca_file)]
    command += ["--vault-token-file", str(token)]
    killed, partly, waits = 0, 0, []
    usual = 2.0
    for version in range(RUNS):
        file.write_text(written(ground, version))
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            process.communicate(timeout=usual * rng.uniform(0.3, 1.0))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            killed += 1
            partly += _is_partly(ground, file)
        started = time.monotonic()
        completed = subprocess.run(command, capture_output=True, check=False)
        assert completed.returncode == 0, completed.stderr.decode()
        waits.append(time.monotonic() - started)
        usual = min(usual, waits[-1])
        access = _parsed(file)
        assert ground.plan(access).is_empty
        assert set(vault_server.client.list(f"auth/{ground.auth}/role")) == {each.role for each in access.grants}
    figures: dict[str, Any] = {"runs": RUNS, "grants": GRANTS, "killed": killed, "left_partly_done": partly}
    figures |= {"completed_after_seconds_median": round(sorted(waits)[RUNS // 2], 2), "worst": round(max(waits), 2)}
    keep("apply_killed", figures)
    ground.clear()
    assert killed > RUNS / 2
    assert partly


def _parsed(file: Path) -> Access:

    return read_access([file])


def _is_partly(ground: Ground, file: Path) -> bool:
    """Whether some of the roles are as the file says, and some are not."""
    plan = ground.plan(_parsed(file))
    return 0 < len(plan.changes) + len(plan.leftovers) < GRANTS
