"""A volume in which exactly so much room is left: nothing new is seen in any directory, or all of it is."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.vault.program import run_program
from tests.support.vault.scripted import Said, ScriptedVault, kv2, kv2_metadata, scripted_vault
from tests.support.vault.sidecar import sidecar
from vault.contract.plan import Output, Plan, Read

pytestmark = pytest.mark.real

LONG = "n" * 200  # a link to it takes a page: Linux keeps a target of less than 128 bytes within the inode
PATH = "secret/data/shop/db"
VALUE = "x" * 6000

Mount = Callable[[str, int], Path]


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Mount]:
    """Give volumes of so many pages."""
    mounted: list[Path] = []

    def make(name: str, pages: int) -> Path:
        path = tmp_path / name
        path.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={4 * pages}k", "none", path], check=True)
        mounted.append(path)
        return path

    yield make
    for path in mounted:
        subprocess.run(["umount", "-l", path], check=True)


@pytest.fixture
def vault() -> Iterator[ScriptedVault]:
    """A Vault whose secret may change."""
    with scripted_vault({PATH: kv2({"a": VALUE}), "secret/metadata/shop/db": kv2_metadata()}) as running:
        yield running


def _plan(vault: ScriptedVault, folder: Path, *places: Path, optional: bool = False) -> Plan:
    (folder / "state").mkdir(exist_ok=True)
    outputs = [
        Output(directory=str(place), name=name, mode="0444", key=key, optional=optional and key == "b")
        for place in places
        for name, key in (("a", "a"), (LONG, "b"))
    ]
    return Plan(
        sessions=(vault.session(folder),),
        reads=(Read(path=PATH),),
        outputs=tuple(outputs),
        mode="sidecar",
        state_directory=str(folder / "state"),
        refresh_seconds=0,
        deadline_seconds=20,
    )


def _names(place: Path) -> set[str]:
    return {each.name for each in place.iterdir()}


def _set(vault: ScriptedVault, version: int, **values: str) -> Said:
    vault.table["secret/metadata/shop/db"] = kv2_metadata(version)
    vault.table[PATH] = kv2(values, version)
    return kv2(values, version)


@pytest.mark.parametrize("pages", range(1, 9))
def test_a_first_start_is_ready_with_all_files_or_fails(
    vault: ScriptedVault, mount: Mount, tmp_path: Path, pages: int
) -> None:
    """Whatever the room in the second directory: exit 16 with nothing anywhere, again and again; or all files."""
    _set(vault, 1, a=VALUE, b=VALUE)
    wide, narrow = mount("wide", 64), mount("narrow", pages)
    plan = _plan(vault, tmp_path, wide, narrow)
    for mode in ("init", "sidecar", "init"):  # after a failure the kubelet starts it again
        finished = run_program(plan.replace(mode=mode))
        if finished.code == 0:
            assert all((place / name).read_text() == VALUE for place in (wide, narrow) for name in ("a", LONG))
            break
        assert (finished.code, finished.last["reason"]) == (16, "cannot-write")
        assert _names(wide) == _names(narrow) == set()
        assert not (tmp_path / "state" / "ready").exists()
    assert (finished.code == 0) == (pages >= 5), "two files of two pages, and a link of one"


def test_a_running_sidecar_publishes_all_or_nothing(vault: ScriptedVault, mount: Mount, tmp_path: Path) -> None:
    """An optional key comes, and its link has no room: the others do not change either, and the status says so."""
    _set(vault, 1, a="1")
    place = mount("volume", 3)
    with sidecar(_plan(vault, tmp_path, place, optional=True)) as running:
        assert (place / "a").read_text() == "1"
        _set(vault, 2, a="2", b="x")
        running.wait_for_line("not published; the files stay as they are")
        assert (place / "a").read_text() == "1"
        assert not (place / LONG).is_symlink()
        running.wait(lambda: running.status()["state"] == "failing", "the status says so")

        subprocess.run(["mount", "-o", "remount,size=64k", place], check=True)
        running.wait(lambda: (place / LONG).is_file() and running.status()["state"] == "up to date", "it is fixed")
        assert (place / "a").read_text() == "2"
