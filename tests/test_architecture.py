"""The build holds the architecture: who may import whom. The rules are in .importlinter, and `make lint` runs them."""

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

# one of each kind of rule: where, what is added there, and words of the rule that must break
VIOLATIONS = {
    "layers": ("webhook/config/environ.py", "import webhook.admission.decision", "by folders"),
    "a folder without a place in the layers": ("webhook/utils.py", "", "by folders"),
    "forbidden": ("vault/agent/sidecar/machine/phases.py", "import time", "called pure is so"),
    "what does I/O, in what is rendered": ("vault/agent/render/files.py", "import vault.agent.api.mounts", "is so"),
    "what users import": ("omamori/pipelines.py", "import webhook.log", "what users import"),
    "a door": ("webhook/server/command.py", "import kubernetes", "one door: webhook.kube"),
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
    """Copy the packages and their rules."""
    for name in ("webhook", "vault", "omamori"):
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


def test_what_users_import_needs_nothing_of_ours() -> None:
    """A program that imports it loads neither Vault's side nor the command line."""
    for file in (PROJECT / "omamori").rglob("*.py"):
        assert not re.search(r"^\s*(import|from) (click|vault|webhook)\b", file.read_text(), re.MULTILINE), file


def test_click_has_two_doors() -> None:
    """What the command line is made of is imported where it is made, and where its list is."""
    doors = (PROJECT / "vault/cli", PROJECT / "webhook/cli")
    for package in ("webhook", "vault"):
        for file in (PROJECT / package).rglob("*.py"):
            if not any(file.is_relative_to(door) for door in doors):
                assert not re.search(r"^\s*(import|from) click\b", file.read_text(), re.MULTILINE), file
