"""The login by AppRole, against a real server: with the ids of two files, of which nothing is ever told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.vault.program import Finished, run_program
from tests.support.vault.server import VaultServer
from vault.contract.plan import Output, Plan, Read

MOUNT = "t-approle"
ROLE = f"auth/{MOUNT}/role/shop"


@pytest.fixture
def ids(vault_server: VaultServer, tmp_path: Path) -> Path:
    """Give the folder with the files, as a Secret has them: the kubelet's link, and a newline at the end."""
    client = vault_server.client
    if f"{MOUNT}/" not in (client.read("sys/auth") or {}):
        client.write(f"sys/auth/{MOUNT}", {"type": "approle"})
    client.write(ROLE, {"token_policies": ["shop"], "token_ttl": "5m"})
    folder = tmp_path / "custom"
    (folder / "..1").mkdir(parents=True)
    (folder / "..data").symlink_to("..1")
    role_id = client.read_there(f"{ROLE}/role-id")["role_id"]
    secret_id = client.write(f"{ROLE}/secret-id", {})["data"]["secret_id"]
    for name, text in (("role-id", role_id), ("secret-id", secret_id)):
        (folder / "..1" / name).write_text(f"{text}\n")
        (folder / name).symlink_to(f"..data/{name}")
    return folder


def _run(server: VaultServer, ids: Path, directory: Path, **fields: Any) -> Finished:
    """Run the program with such a login, and look for the ids in all that it says."""
    session = server.session(
        auth_kind="approle",
        auth_mount=MOUNT,
        role="approle",
        token_file="/none",
        **{"role_id_file": str(ids / "role-id"), "secret_id_file": str(ids / "secret-id"), **fields},
    )
    output = Output(directory=str(directory), name="db", mode="0400", format="json")
    plan = Plan(sessions=(session,), reads=(Read(path="secret/data/shop/db"),), outputs=(output,), deadline_seconds=20)
    finished = run_program(plan)
    for each in ("role-id", "secret-id"):
        assert (ids / each).read_bytes().strip() not in finished.stderr
    return finished


def test_it_reads(vault_server: VaultServer, ids: Path, directory: Path) -> None:
    """Both ids give a token with the policies of the AppRole."""
    finished = _run(vault_server, ids, directory)
    assert finished.code == 0, finished.stderr
    assert (directory / "db").read_bytes()


def test_without_a_secret_id(vault_server: VaultServer, ids: Path, directory: Path) -> None:
    """Where the AppRole binds no secret id, the role id is enough."""
    free = {"bind_secret_id": False, "token_policies": ["shop"], "token_bound_cidrs": "127.0.0.1"}
    vault_server.client.write(ROLE, free)
    try:
        assert _run(vault_server, ids, directory, secret_id_file="").code == 0
    finally:
        vault_server.client.delete(ROLE)


def test_refused(vault_server: VaultServer, ids: Path, directory: Path) -> None:
    """Wrong ids are a refused login, which says where to look."""
    (ids / "..1/secret-id").write_text("11111111-2222-3333-4444-555555555555")
    finished = _run(vault_server, ids, directory)
    assert (finished.code, finished.last["reason"]) == (12, "login-refused")
    assert "this role id and secret id" in finished.last["message"]
    assert f"auth/{MOUNT}" in finished.last["hint"]


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_no_file(vault_server: VaultServer, ids: Path, directory: Path, content: bytes | None) -> None:
    """A file that is not there, or is no text, is told by its path."""
    wrong = ids / "other"
    if content is not None:
        wrong.write_bytes(content)
    finished = _run(vault_server, ids, directory, secret_id_file=str(wrong))
    assert finished.code == 2
    assert str(wrong) in finished.last["message"]
    assert "agent-extra-secret" in finished.last["hint"]
