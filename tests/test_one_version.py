"""The version is set in pyproject.toml: what repeats it is written by one program, and there is no other copy."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.support.version import VERSION

PROJECT = Path(__file__).parents[1]
PROGRAM = "deploy/release/version.py"
PLACES = ("deploy", "docs", "terraform", "tests", "vault", "webhook")
# uv writes the lock file; a figure keeps the release that was measured; versions of other things in tests of functions
OTHERS = ("pyproject.toml", "uv.lock", "CHANGELOG.md", "docs/measurements/", "tests/gotemplate/", "tests/goregexp/")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files that have the version, in a folder of their own."""
    for each in (PROGRAM, "pyproject.toml", *copied()):
        (tmp_path / each).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / each, tmp_path / each)
    return tmp_path


def copied() -> list[str]:
    """Give the files that the program writes."""
    listed = (PROJECT / PROGRAM).read_text().partition("FILES = (")[2].partition(")")[0]
    return re.findall(r'"([\w./-]+)"', listed)


def texts() -> Iterator[tuple[str, str]]:
    """Give the project's files with their names, but those that cannot be read as text."""
    files = [*PROJECT.glob("*.*"), PROJECT / "Makefile"]
    files += [file for place in PLACES for file in (PROJECT / place).rglob("*")]
    for file in files:
        if file.is_file() and "__pycache__" not in file.parts and not file.name.startswith("."):
            yield str(file.relative_to(PROJECT)), file.read_bytes().decode(errors="replace")


def run(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a checkout."""
    command = [sys.executable, str(checkout / PROGRAM), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_copy_is_the_version() -> None:
    """Each file that the program writes has a copy, and each copy is the version."""
    assert len(copied()) > 5
    assert all(VERSION in (PROJECT / each).read_text() for each in copied())
    checked = run(PROJECT, "--check")
    assert checked.returncode == 0, checked.stdout


def test_no_other_copy() -> None:
    """No other file of the project has the version."""
    found = re.compile(rf"(?<![\w.]){re.escape(VERSION)}(?![\w.])")
    named = {name for name, text in texts() if found.search(text)}
    assert {"pyproject.toml", *copied()} <= named
    assert {each for each in named if not each.startswith((*OTHERS, *copied()))} == set()


def test_a_new_version_is_written(checkout: Path) -> None:
    """With another version in pyproject.toml the check names each file, writing changes them all, and is then done."""
    project = checkout / "pyproject.toml"
    project.write_text(project.read_text().replace(f'version = "{VERSION}"', 'version = "9.8.7rc1"', 1))

    checked = run(checkout, "--check")
    assert checked.returncode == 1
    assert [line.split()[0] for line in checked.stdout.splitlines()] == copied()

    assert run(checkout).returncode == 0
    assert run(checkout, "--check").returncode == 0
    for each in copied():
        assert VERSION not in (checkout / each).read_text()
        assert "9.8.7rc1" in (checkout / each).read_text()


def test_installed_version() -> None:
    """What is installed, and so the command and the webhook's metrics, says the same."""
    assert version("omamori") == VERSION
