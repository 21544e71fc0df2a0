"""make install: the command alone, in the locked versions, at the place that is named, and gone again."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.version import VERSION

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]


def test_make_install(copied: Path, tmp_path: Path) -> None:
    """What is installed runs outside of the checkout and says its version; make uninstall leaves no command."""
    prefix = tmp_path / "prefix"
    make = ["make", "-C", str(copied), f"PREFIX={prefix}"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "MAKE"))}
    installed = subprocess.run([*make, "install"], env=environment, capture_output=True, text=True, check=True)
    command = prefix / "bin/omamori"
    assert f"omamori {VERSION} is installed: {command}" in installed.stdout

    for words in (["--version"], ["policy", "render", "--help"], ["doctor", "--help"], ["storage", "check", "--help"]):
        subprocess.run([command, *words], cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, capture_output=True, check=True)
    python = prefix / "share/omamori/omamori/bin/python"
    script = "import importlib.metadata as m; print(m.version('kubernetes'), m.version('hvac'))"
    said = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    locked = (copied / "build/install.txt").read_text()
    assert f"\nkubernetes=={said[0]} " in locked
    assert f"\nhvac=={said[1]} " in locked

    subprocess.run([*make, "uninstall"], env=environment, capture_output=True, check=True)
    assert not command.is_symlink()
    assert not (prefix / "share/omamori/omamori").exists()
