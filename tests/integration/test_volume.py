"""The volume is full: nothing new is to be seen in it, and what was there stays."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.cluster.place import DB
from tests.support.vault.program import Finished
from tests.support.vault.running import COMMAND, left, plan_of
from tests.support.vault.server import DATABASE
from vault.contract.wire import to_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.realparts import vault
    from tests.realparts.sandbox import Sandbox
    from tests.support.vault.server import VaultServer
    from vault.contract.plan import Plan

pytestmark = pytest.mark.real

LARGE = "secret/data/shop/large"
MANY = "secret/data/shop/many"
BLOCKS = 64  # KiB


@pytest.fixture(scope="module")
def large(server: VaultServer, node: vault.VaultServer) -> VaultServer:
    """A Vault with a secret that is larger than the volume, and one of many keys."""
    node.admin.write(LARGE, data={"large": secrets.token_hex(BLOCKS * 1024 // 2)})
    node.admin.write(MANY, data={f"key{number}": "x" for number in range(BLOCKS)})
    return server


@dataclass(frozen=True, slots=True)
class Volume:
    """A tmpfs in the run's mount namespace: `path` is for the program, which runs there, `seen` for the test."""

    box: Sandbox
    path: Path
    seen: Path

    def run(self, plan: Plan) -> Finished:
        """Run the program to its end."""
        done = self.box.run(COMMAND, env=to_environment(plan), check=False)
        return Finished(done.returncode, done.stderr.encode())

    def fails(self, plan: Plan) -> dict[str, Any]:
        """Run the program, which ends with 16; gives its last words."""
        finished = self.run(plan)
        assert (finished.code, finished.last["reason"]) == (16, "cannot-write"), finished.stderr.decode()
        return finished.last

    def names(self) -> list[str]:
        """All that is there, what applications do not see too."""
        return sorted(each.name for each in self.seen.iterdir())


@pytest.fixture
def volume(box: Sandbox) -> Iterator[Volume]:
    """An empty volume of 64 KiB."""
    path = box.folder / "tmp" / "volume"
    path.mkdir(exist_ok=True)
    box.run(["mount", "-t", "tmpfs", "-o", f"size={BLOCKS}k", "tmpfs", path])
    yield Volume(box, path, Path(f"/proc/{box.init}/root{path}"))
    box.run(["umount", path])


def test_nothing_new_is_seen(large: VaultServer, volume: Volume) -> None:
    """A secret that is larger than the volume is exit 16 with a hint at the size; the volume is as empty as before."""
    said = volume.fails(plan_of(large.session(), volume.path, DB, LARGE))
    assert "No space left on device" in said["message"]
    assert "the volume is memory of a fixed size" in said["hint"]
    assert volume.names() == []


def test_what_was_there_stays(large: VaultServer, volume: Volume) -> None:
    """A volume that has files keeps exactly them, and takes the next set that fits."""
    good = plan_of(large.session(), volume.path, DB)
    assert volume.run(good).code == 0
    before = volume.names()

    volume.fails(plan_of(large.session(), volume.path, DB, LARGE))
    assert left(volume.seen) == {"0": DATABASE}
    assert volume.names() == before

    assert volume.run(plan_of(large.session(), volume.path, DB, "kv1/shop/db")).code == 0
    assert left(volume.seen) == {"0": DATABASE, "1": DATABASE}


def test_many_small_files(large: VaultServer, volume: Volume) -> None:
    """Each file takes a page, however small: a map of many keys fills the volume, which the hint says."""
    plan = plan_of(large.session(), volume.path, MANY)
    said = volume.fails(plan.replace(outputs=tuple(each.replace(format="map") for each in plan.outputs)))
    assert "a map of hundreds of keys" in said["hint"]
    assert volume.names() == []


def test_read_only(large: VaultServer, volume: Volume) -> None:
    """A volume that cannot be written is no matter of its size."""
    volume.box.run(["mount", "-o", "remount,ro", volume.path])
    said = volume.fails(plan_of(large.session(), volume.path, DB))
    assert "Read-only file system" in said["message"]
    assert "may this container's user write to it?" in said["hint"]
