"""The hook and the probe: whether every file is there, or comes in time."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from pathlib import Path

import pytest

from tests.launcher.running import Ended, ended
from tests.support.waiting import wait_until

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
        (["--wait", "0", "file"], 0, ""),
        (["--wait", "3600", "file", "folder"], 0, ""),
        (["--wait", "0", "none"], 1, "none: not there"),
        (["--lock", "lock", "--wait", "1", "file"], 0, ""),
        (["--lock", "no/lock", "file"], 125, "no/lock: cannot be locked (errno 2)"),
        (["--wait", "1", "file", "none"], 1, "none: not there"),
        (["--wait", "1", "file/none"], 1, "file/none: cannot be seen (errno 20)"),
        (["--wait", "1", "no/folder/none"], 1, "no/folder/none: not there"),
        *(
            (words, 125, "usage: omamori-ready [--wait SECONDS] [--lock FILE] FILE...")
            for words in (
                [],
                ["--wait", "1"],
                ["--lock", "lock"],
                ["--look", "1", "file"],
                ["--wait", "1", "--lock", "lock"],
                ["--wait", "", "file"],
                ["--wait", "-1", "file"],
                ["--wait", "1s", "file"],
                ["--wait", "3601", "file"],
                ["--wait", "99999999999999999999", "file"],
            )
        ),
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


@pytest.mark.parametrize("way", ["made", "renamed", "linked"])
@pytest.mark.parametrize("place", ["late", "folder/late", "{}/late"], ids=["here", "below", "absolute"])
def test_a_file_that_comes(ready: Path, tmp_path: Path, way: str, place: str) -> None:
    """It ends at once when the last of its files comes, however that is made."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "early").touch()
    late = tmp_path / place.format(tmp_path)
    command: list[str | Path] = [ready, "--wait", "60", "early", place.format(tmp_path)]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE) as waiting:
        time.sleep(0.3)  # it looks; there is nothing that says so
        assert waiting.poll() is None
        began = time.monotonic()
        if way == "linked":
            late.symlink_to(tmp_path / "early")
        else:
            new = late.with_name("new") if way == "renamed" else late
            new.touch()
            new.rename(late)
        assert waiting.wait(30) == 0
        assert time.monotonic() - began < 3
        assert waiting.stderr is not None
        assert waiting.stderr.read() == b""


def test_it_looks_where_the_kernel_tells_nothing(ready: Path, tmp_path: Path) -> None:
    """A folder that is made while it waits is not watched; the poll beside the watch sees the file."""
    with subprocess.Popen([ready, "--wait", "60", "folder/late"], cwd=tmp_path) as waiting:
        time.sleep(0.3)
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder/late").touch()
        assert waiting.wait(30) == 0


def test_waiting_costs_next_to_nothing(ready: Path, tmp_path: Path) -> None:
    """Two seconds of waiting, beside other files that come, take less than a tenth of a second of processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen([ready, "--wait", "2", "none"], cwd=tmp_path, stderr=subprocess.DEVNULL) as waiting:
        for number in range(50):
            (tmp_path / f"other-{number}").touch()
        assert waiting.wait(30) == 1
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.1


def test_the_lock_is_held_as_long_as_it_lives(ready: Path, tmp_path: Path) -> None:
    """However it ends."""
    lock = tmp_path / "lock"
    lock.touch()

    def is_held() -> bool:
        with lock.open("r+b") as opened:
            try:
                os.lockf(opened.fileno(), os.F_TEST, 0)
            except OSError:
                return True
        return False

    with subprocess.Popen([ready, "--wait", "60", "--lock", lock, tmp_path / "none"]) as waiting:
        wait_until(is_held, 10, "it is held")
        waiting.kill()
        waiting.wait(10)
    assert not is_held()
