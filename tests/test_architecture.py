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
    "a decision talks to Vault": ("webhook/admission.py", "import vault.client", "nothing that acts"),
    "the webhook uses a part of the program": (
        "webhook/planning.py",
        "import vault.agent.api.session",
        "nothing that acts",
    ),
    "Vault's side knows the webhook": (
        "vault/contract/plan.py",
        "import webhook.wish",
        "never imports the Kubernetes side",
    ),
    "a lower layer uses a higher one": ("webhook/pod.py", "import webhook.admission", "Kubernetes side is layered"),
    "siblings know each other": ("webhook/identity.py", "import webhook.targets", "Kubernetes side is layered"),
    "somebody imports a command": ("webhook/app.py", "import webhook.commands.serve", "Kubernetes side is layered"),
    "a module without a place": ("webhook/utils.py", "", "Kubernetes side is layered"),
    "a module without a place, on Vault's side": ("vault/helpers.py", "", "Vault's side is layered"),
    "FastAPI outside app": ("webhook/review.py", "import fastapi", "one door: webhook.app"),
    "uvicorn outside server": ("webhook/app.py", "import uvicorn", "one door: webhook.server"),
    "orjson outside its doors": ("webhook/admission.py", "import orjson", "orjson has three doors"),
    "hvac outside client": ("vault/embedded.py", "import hvac", "one door: vault.client"),
    "hvac in a command": ("webhook/commands/serve.py", "import hvac", "one door: vault.client"),
    "boto3 outside its door": ("webhook/settings.py", "import boto3", "one door: vault.storage.client"),
    "a module without a place, on the table's side": ("vault/storage/helpers.py", "", "table's side is layered"),
    "botocore beside its door": ("vault/storage/translation.py", "import botocore", "one door: vault.storage.client"),
    "boto3 in a command": ("webhook/commands/serve.py", "import boto3", "one door: vault.storage.client"),
    "kubernetes outside its door": ("webhook/settings.py", "import kubernetes", "one door: webhook.cluster"),
    "kubernetes in a command": ("webhook/commands/serve.py", "import kubernetes", "one door: webhook.cluster"),
    "click outside the commands": ("webhook/settings.py", "import click", "one door: webhook.commands"),
    "click in the Pod": ("vault/agent/fetch.py", "import click", "no third-party code"),
    "a decision looks at manifests": ("webhook/admission.py", "import webhook.manifests", "Kubernetes side is layered"),
    "a decision asks a cluster": ("webhook/planning.py", "import webhook.cluster", "Kubernetes side is layered"),
    "a kind without a place": ("webhook/manifests/others.py", "", "every kind has its place"),
    "kinds know each other": (
        "webhook/manifests/events.py",
        "import webhook.manifests.core",
        "every kind has its place",
    ),
    "third-party code in the Pod": ("vault/agent/fetch.py", "import orjson", "no third-party code"),
    "the control plane's client in the Pod": ("vault/agent/init.py", "import vault.client", "no third-party code"),
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
