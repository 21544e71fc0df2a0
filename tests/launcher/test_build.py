"""The compiled programs: how large, how they are linked, and that anybody gets the same bytes."""

from __future__ import annotations

import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from tests.realparts.builds import LAUNCHER

pytestmark = pytest.mark.real

NAMES = ("omamori-launch", "omamori-ready", "omamori-stay")


def headers(program: Path) -> str:
    """Give what readelf says of the program's headers."""
    command: list[str | Path] = ["readelf", "--wide", "--file-header", "--program-headers", "--dynamic", program]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", NAMES)
def test_size(programs: Path, name: str) -> None:
    """Each is at most 24 KiB, and everybody may execute it and nobody write it."""
    about = (programs / name).stat()
    assert about.st_size <= 24 * 1024
    assert stat.S_IMODE(about.st_mode) == 0o555


@pytest.mark.parametrize("name", NAMES)
def test_linked(programs: Path, name: str) -> None:
    """Each needs no loader and no library, and has the hardening that a static program can have."""
    said = headers(programs / name)
    segments = [line.split() for line in said.splitlines() if line.startswith("  LOAD")]

    assert "INTERP" not in said
    assert "(NEEDED)" not in said
    assert "DYN (Position-Independent Executable file)" in said
    assert "GNU_RELRO" in said
    assert "NOW" in said
    assert " RW " in next(line for line in said.splitlines() if "GNU_STACK" in line)
    assert segments
    assert not any({"W", "E"} <= set("".join(each[6:-1])) for each in segments)


@pytest.mark.parametrize("name", NAMES)
def test_reproducible(programs: Path, tmp_path: Path, name: str) -> None:
    """The same sources in another folder give the same bytes."""
    source = tmp_path / "elsewhere"
    shutil.copytree(LAUNCHER, source)
    subprocess.run(["make", "-C", source, f"OUT={tmp_path / 'out'}"], check=True, capture_output=True)

    assert (tmp_path / "out" / name).read_bytes() == (programs / name).read_bytes()
