"""The build holds the architecture: who may import whom, and that each rule catches its violation."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
LINT = Path(sys.executable).with_name("lint-imports")

# where, what is added there, and words of the rule that must break
VIOLATIONS = {
    "a lower layer uses a higher one": ("webhook/config/environ.py", "import webhook.admission.decision", "by folders"),
    "a folder without a place": ("webhook/utils.py", "", "by folders"),
    "on Vault's side": ("vault/agent/fetch.py", "import vault.agent.sidecar.loop", "so is the agent"),
    "a decision asks the clock": ("webhook/admission/plan/plan.py", "import time", "called pure is so"),
    "a transition asks the clock": (
        "vault/agent/sidecar/machine/read_transitions.py",
        "import time",
        "called pure is so",
    ),
    "a transition logs": ("vault/agent/sidecar/machine/schedule.py", "import vault.agent.log", "called pure is so"),
    "a decision talks to Vault": ("webhook/admission/decision.py", "import vault.client", "nothing that acts"),
    "a transition calls Vault": (
        "vault/agent/sidecar/machine/ttl.py",
        "import vault.agent.api.session",
        "called pure is so",
    ),
    "Vault's side knows the webhook": ("vault/contract/plan.py", "import webhook.log", "never imports the Kubernetes"),
    "third-party code in the Pod": ("vault/agent/fetch.py", "import orjson", "standard library alone"),
    "FastAPI outside the server": ("webhook/config/settings.py", "import fastapi", "one door: webhook.server"),
    "hvac in a command": ("webhook/server/command.py", "import hvac", "one door: vault.client"),
    "boto3 in a command": ("webhook/server/command.py", "import boto3", "one door: vault.storage.client"),
    "kubernetes in a command": ("webhook/server/command.py", "import kubernetes", "one door: webhook.kube"),
}


def linted(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter in a folder; what it finds there comes before any installed package."""
    return subprocess.run(
        [LINT, "--no-cache", "--config", ".importlinter"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def copied(folder: Path) -> Path:
    """Copy the two packages and their rules."""
    for name in ("webhook", "vault"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / ".importlinter", folder)
    return folder


def test_kept(tmp_path: Path) -> None:
    """As it is, every rule is kept; so a broken one below is the violation's doing."""
    result = linted(copied(tmp_path))
    assert result.returncode == 0, result.stdout
    assert "0 broken" in result.stdout


@pytest.mark.parametrize("violation", VIOLATIONS)
def test_violation(violation: str, tmp_path: Path) -> None:
    """Each violation breaks the rule that is there for it."""
    file, line, rule = VIOLATIONS[violation]
    target = copied(tmp_path) / file
    text = target.read_text() if target.exists() else '"""A violation."""\n'
    target.write_text(f"{text}\n{line}\n")

    result = linted(tmp_path)

    assert result.returncode != 0
    broken = [each for each in result.stdout.splitlines() if re.search(r"BROKEN", each) and rule in each]
    exhaustive = rule in result.stdout and "not listed" in result.stdout
    assert broken or exhaustive, result.stdout[-3000:]


# what a folder of tests may import of the others; what is not here is free
HELPERS = {
    "support": {"support"},
    "support/cluster": {"support", "realparts"},
    "realparts": {"realparts", "support"},
    "vault": {"vault", "support"},
    "webhook": {"webhook", "support"},
}


@pytest.mark.parametrize("folder", HELPERS)
def test_helpers_are_imported_downwards(folder: str) -> None:
    """Helpers import no test, and the fast tests import no folder that needs a real server."""
    files = [
        each
        for each in (PROJECT / "tests" / folder).rglob("*.py")
        if folder != "support" or "cluster" not in each.parts
    ]
    assert files
    for file in files:
        for other in re.findall(r"^\s*(?:from|import) tests\.(\w+)", file.read_text(), re.MULTILINE):
            assert other in HELPERS[folder], f"{file} imports tests.{other}"
