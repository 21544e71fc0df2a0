"""The program itself, killed behind each system call of a publication: ready means that the files are there.

Three lives: an init container, a sidecar at its start, and a sidecar that runs while its secret changes. After the kill
the kubelet starts the program again, and what is then ready has the files, all of them and of the new version.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.scale import keep, scaled
from tests.support.vault.program import run_program
from tests.support.vault.running import COMMAND
from tests.support.vault.scripted import ScriptedVault, kv2, kv2_metadata, scripted_vault
from tests.support.vault.sidecar import sidecar
from tests.support.vault.tracing import Call, Traced, run_traced
from vault.contract.plan import Output, Plan, Read
from vault.contract.wire import to_environment

pytestmark = [
    pytest.mark.timeout(0),
    pytest.mark.skipif(os.geteuid() != 0, reason="the program is not dumpable: its calls are seen by root alone"),
    pytest.mark.skipif(platform.system() != "Linux", reason="ptrace is Linux's"),
]

EACH = scaled(9, 1)  # at full scale behind each call, else behind every ninth
NAMES = ("one/a", "one/b", "two/c")
LEAST = {"mkdir": 2, "symlink": 2, "rename": 2, "fsync": 5, "write": 3, "fchmod": 3}


@pytest.fixture
def changing() -> Iterator[ScriptedVault]:
    """A Vault with one secret."""
    with scripted_vault({}) as running:
        yield running


def _say(vault: ScriptedVault, version: int) -> None:
    vault.table["secret/data/shop/db"] = kv2({"a": f"{version}", "b": f"{version}", "c": f"{version}"}, version)
    vault.table["secret/metadata/shop/db"] = kv2_metadata(version)


def _plan(vault: ScriptedVault, folder: Path, mode: str) -> Plan:
    for name in ("one", "two", "state"):
        (folder / name).mkdir(parents=True)
    usual: dict[str, Any] = {"mode": "sidecar", "state_directory": str(folder / "state"), "refresh_seconds": 0}
    return Plan(
        sessions=(vault.session(folder),),
        reads=(Read(path="secret/data/shop/db"),),
        outputs=tuple(
            Output(directory=str(folder / each.split("/")[0]), name=each.split("/")[1], mode="0444", key=each[-1])
            for each in NAMES
        ),
        deadline_seconds=20,
        **(usual if mode == "sidecar" else {}),
    )


def _killed(plan: Plan, folder: Path, stop_after: int, change: Any = None) -> Traced:
    """Run the program until it is killed, or has said that it is ready, or that it is well."""
    folders = {name.split("/")[0] for name in NAMES}
    sets = 0

    def begins(call: Call) -> bool:
        nonlocal sets
        if change is not None and call.name == "rename" and call.path.endswith("ready.new"):
            change()
        is_new = call.name == "mkdir" and call.path.startswith(str(folder))
        sets += is_new
        return is_new and (change is None or sets > len(folders))

    def ends(call: Call) -> bool:
        return call.name == "rename" and call.path.endswith("ready.new" if change is None else "status.json.new")

    return run_traced(COMMAND, to_environment(plan), begins, ends, stop_after)


def _files(folder: Path) -> dict[str, str]:
    return {name: (folder / name).read_text() for name in NAMES if (folder / name).exists()}


@pytest.mark.parametrize("life", ["init", "sidecar, at its start", "sidecar, at a change"])
def test_killed_behind_each_system_call(changing: ScriptedVault, tmp_path: Path, life: str) -> None:
    """Whatever the call, the next start ends well, or is ready, with every file of the new version."""
    mode = life.partition(",")[0]
    at_change = life.endswith("change")
    change = (lambda: _say(changing, 2)) if at_change else None

    def scene(name: str, stop_after: int) -> tuple[Plan, Path, Traced]:
        folder = tmp_path / name
        _say(changing, 1)
        plan = _plan(changing, folder, mode)
        return plan, folder, _killed(plan, folder, stop_after, change)

    _, _, whole = scene("whole", 0)
    counts = {name: whole.count(name) for name in LEAST}
    assert all(counts[name] >= least for name, least in LEAST.items()), counts

    for stop_after in range(1, len(whole.calls) + 1, EACH):
        plan, folder, killed = scene(str(stop_after), stop_after)
        assert killed.code == -9 or mode == "init"
        seen = _files(folder)
        for place in ("one", "two"):  # one whole set of each directory, or nothing yet
            assert len({text for name, text in seen.items() if name.startswith(place)}) <= 1, killed.calls[-1]
        expected = dict.fromkeys(NAMES, "2" if at_change else "1")
        if mode == "init":
            assert run_program(plan).code == 0
            assert _files(folder) == expected
            continue
        assert not (folder / "state" / "ready").exists() or len(seen) == len(NAMES)
        was_ready = (folder / "state" / "ready").exists()
        with sidecar(plan) as again:
            if was_ready:  # by the life before, whose files are all there; the new ones come
                again.wait(
                    lambda folder=folder, expected=expected: _files(folder) == expected,
                    f"the new files are there, after {killed.calls[-1]}",
                )
            assert _files(folder) == expected, killed.calls[-1]
            again.wait(lambda again=again: again.status()["state"] == "up to date", "all is well")
    keep(f"publication killed, {life}", {"calls": len(whole.calls), "killed behind every": EACH, **counts})
