"""The probe: whether every file is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.launcher.running import Ended, ended

pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    ("files", "code", "said"),
    [
        (["file"], 0, ""),
        (["file", "folder", "link", "closed", "folder/..", "/"], 0, ""),
        (["none"], 1, "none: not there"),
        (["file", "none", "neither"], 1, "none: not there"),
        (["dangling"], 1, "dangling: not there"),
        ([""], 1, ": not there"),
        (["file/none"], 1, "file/none: cannot be seen (errno 20)"),
        (["two\nlines"], 1, "two?lines: not there"),
        ([], 125, "usage: omamori-ready FILE..."),
    ],
)
def test_files(ready: Path, tmp_path: Path, files: list[str], code: int, said: str) -> None:
    """It ends with 0 if all are there, of any kind and mode, else with 1 and the first that is not."""
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "closed").touch(0o000)
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "dangling").symlink_to("none")

    found = ended([ready, *files], folder=tmp_path)

    assert found == Ended(code, b"", f"omamori-ready: {said}\n".encode() if said else b"")
