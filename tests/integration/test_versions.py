"""Versions of a KV version 2 secret on a real Vault: read by number, deleted, destroyed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.vault.running import failed, plan_of, running, succeeded
from vault.contract.plan import Read

if TYPE_CHECKING:
    from pathlib import Path

    from tests.realparts import vault
    from tests.support.vault.server import VaultServer
    from vault.contract.plan import Plan

pytestmark = pytest.mark.real

PATH = "secret/data/shop/versions"


@pytest.fixture(scope="module")
def versions(server: VaultServer, node: vault.VaultServer) -> VaultServer:
    """A Vault with five versions at PATH: 1 destroyed, 2 there, 3 deleted, 4 there, 5 (the current one) deleted."""
    for number in range(1, 6):
        node.admin.write(PATH, data={"number": number})
    name = PATH.removeprefix("secret/data/")
    node.admin.call("PUT", f"secret/destroy/{name}", {"versions": [1]})
    node.admin.write(f"secret/delete/{name}", versions=[3, 5])
    return server


def _plan(server: VaultServer, directory: Path, version: int | None) -> Plan:
    plan = plan_of(server.session(), directory, PATH)
    return plan.replace(reads=(Read(path=PATH, version=version),))


@pytest.mark.parametrize("version", [2, 4])
def test_version_that_is_there(versions: VaultServer, directory: Path, tmp_path: Path, version: int) -> None:
    """A version is read by its number, older ones too, although the current one is deleted."""
    with running(_plan(versions, directory, version), tmp_path / "log") as program:
        succeeded(program, directory, {"0": {"number": version}})


ABSENT = {
    1: (f"{PATH} version 1 is destroyed", "a destroyed version cannot be restored"),
    3: (f"{PATH} version 3 was deleted at 20", "undelete the version"),
    None: (f"{PATH} was deleted at 20", "undelete the version"),
    6: (f"there is nothing at {PATH} version 6", "write the secret"),
}


@pytest.mark.parametrize("version", ABSENT)
def test_version_that_is_not_there(versions: VaultServer, directory: Path, tmp_path: Path, version: int | None) -> None:
    """Destroyed, deleted, current and deleted, never written: exit 14 at once, each said in other words."""
    words, hint = ABSENT[version]
    with running(_plan(versions, directory, version), tmp_path / "log") as program:
        said = failed(program, directory, 14, "path-not-found")
    assert said["message"].startswith(words)
    assert hint in said["hint"]
    assert (said["path"], said["status"]) == (PATH, 404)


def test_absent_version_of_an_optional_output(versions: VaultServer, directory: Path, tmp_path: Path) -> None:
    """With optional=true a deleted version is left out, and the log says why."""
    plan = _plan(versions, directory, 3)
    plan = plan.replace(outputs=tuple(each.replace(optional=True) for each in plan.outputs))
    with running(plan, tmp_path / "log") as program:
        succeeded(program, directory, {})
    (line,) = program.lines("left out, since it is optional")
    assert "version 3 was deleted at 20" in line["cause"]
