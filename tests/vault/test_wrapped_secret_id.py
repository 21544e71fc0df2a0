"""A wrapped secret id of AppRole, against a real server: it is unwrapped once, and what is not as expected is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.vault.program import Finished, run_program
from tests.support.vault.proxy import CUT_AFTER_VAULT_DID_IT, Proxy, says
from tests.support.vault.server import VaultServer
from tests.support.vault.sidecar import sidecar, sidecar_plan
from vault.contract.plan import Output, Plan, Read, Session

MOUNT = "t-wrapped"
ROLE = f"auth/{MOUNT}/role/shop"
MADE_BY = f"{ROLE}/secret-id"
UNWRAP = "sys/wrapping/unwrap"


def _wrapped(server: VaultServer, path: str = MADE_BY) -> str:
    """Give a token that wraps a new secret id."""
    token: str = server.call("POST", path, {}, wrap="300s").json()["wrap_info"]["token"]
    return token


def _is_whole(server: VaultServer, token: str) -> bool:
    """Whether nobody has used the token."""
    return server.call("POST", "sys/wrapping/lookup", {"token": token}).status_code == 200


@pytest.fixture
def ids(vault_server: VaultServer, tmp_path: Path) -> Path:
    """Give the folder with the files: a role id, and a token that wraps a secret id."""
    client = vault_server.client
    if f"{MOUNT}/" not in (client.read("sys/auth") or {}):
        client.write(f"sys/auth/{MOUNT}", {"type": "approle"})
    for role in ("shop", "other"):
        client.write(f"auth/{MOUNT}/role/{role}", {"token_policies": ["shop"], "token_ttl": "5m"})
    folder = tmp_path / "custom"
    folder.mkdir()
    (folder / "role-id").write_text(client.read_there(f"{ROLE}/role-id")["role_id"])
    (folder / "secret-id").write_text(_wrapped(vault_server))
    return folder


def _session(server: VaultServer, ids: Path, **fields: Any) -> Session:
    usual = {
        "auth_kind": "approle",
        "auth_mount": MOUNT,
        "role": "approle",
        "token_file": "/none",
        "role_id_file": str(ids / "role-id"),
        "secret_id_file": str(ids / "secret-id"),
        "secret_id_wrapping_path": MADE_BY,
    }
    return server.session(**{**usual, **fields})


def _run(session: Session, directory: Path, ids: Path, seconds: int = 20) -> Finished:
    """Run the program, and look for what is in the files in all that it says."""
    output = Output(directory=str(directory), name="db", mode="0400", format="json")
    reads = (Read(path="secret/data/shop/db"),)
    finished = run_program(Plan(sessions=(session,), reads=reads, outputs=(output,), deadline_seconds=seconds))
    for file in ids.iterdir():
        assert file.read_bytes().strip() not in finished.stderr
    return finished


def test_it_reads(vault_server: VaultServer, ids: Path, directory: Path) -> None:
    """The token is used up for the secret id, and the login is by that; the file stays."""
    token = (ids / "secret-id").read_text()
    assert _run(_session(vault_server, ids), directory, ids).code == 0
    assert (directory / "db").read_bytes()
    assert not _is_whole(vault_server, token)
    assert (ids / "secret-id").read_text() == token


def test_used(vault_server: VaultServer, ids: Path, directory: Path) -> None:
    """Of a token that somebody has used, it is said that the secret id may have been taken."""
    vault_server.call("POST", UNWRAP, {}, token=(ids / "secret-id").read_text())
    finished = _run(_session(vault_server, ids), directory, ids)
    assert (finished.code, finished.last["reason"]) == (12, "login-refused")
    assert (
        f"for the token in {ids / 'secret-id'}: wrapping token is not valid or does not exist"
        in (finished.last["message"])
    )
    assert "somebody has taken the secret id" in finished.last["hint"]


def test_no_token(vault_server: VaultServer, ids: Path, directory: Path) -> None:
    """A secret id that is not wrapped is refused as one that is not valid, and not sent as it is."""
    (ids / "secret-id").write_text("11111111-2222-3333-4444-555555555555")
    finished = _run(_session(vault_server, ids), directory, ids)
    assert (finished.code, finished.last["path"]) == (12, "sys/wrapping/lookup")


@pytest.mark.parametrize("made_by", [f"auth/{MOUNT}/role/other/secret-id", "sys/wrapping/wrap"])
def test_made_by_another_path(vault_server: VaultServer, ids: Path, directory: Path, made_by: str) -> None:
    """A token that wraps something else is left alone, and both paths are told."""
    token = _wrapped(vault_server, made_by)
    (ids / "secret-id").write_text(token)
    finished = _run(_session(vault_server, ids), directory, ids)
    assert (finished.code, finished.last["reason"]) == (12, "login-refused")
    assert f"was made by {made_by}, and not by {MADE_BY}" in finished.last["message"]
    assert _is_whole(vault_server, token)


def test_a_lost_answer_is_not_asked_for_again(
    vault_server: VaultServer, proxy: Proxy, ids: Path, directory: Path
) -> None:
    """The one call is never repeated, though a read would be: Vault may have used the token up."""
    proxy.only = UNWRAP
    proxy.script.append(CUT_AFTER_VAULT_DID_IT)
    finished = _run(_session(vault_server, ids, address=proxy.address), directory, ids)
    assert (finished.code, finished.last["reason"]) == (10, "vault-unreachable")
    assert proxy.paths.count(UNWRAP) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_what_did_nothing_is_asked_again(
    vault_server: VaultServer, proxy: Proxy, ids: Path, directory: Path, status: int
) -> None:
    """Where Vault says that it did nothing, the call is made again."""
    proxy.only = UNWRAP
    proxy.script.append(says(status))
    assert _run(_session(vault_server, ids, address=proxy.address), directory, ids).code == 0
    assert proxy.paths.count(UNWRAP) == 2


def test_sidecar(vault_server: VaultServer, proxy: Proxy, ids: Path, directory: Path) -> None:
    """A sidecar keeps the secret id for its further logins, and takes a new token from the file, if it is good."""
    short = {"token_policies": ["shop"], "token_ttl": "2s", "token_max_ttl": "2s"}
    vault_server.client.write(ROLE, short)
    login = f"auth/{MOUNT}/login"
    reads = (Read(path="secret/data/shop/db"), Read(path=login, login=True))
    with sidecar(sidecar_plan(_session(vault_server, ids, address=proxy.address), directory, *reads)) as running:
        running.wait(lambda: proxy.paths.count(login) >= 5, "it has logged in often")
        assert proxy.paths.count(UNWRAP) == 1
        (ids / "secret-id").unlink()
        before = proxy.paths.count(login)
        running.wait(lambda: proxy.paths.count(login) >= before + 2, "it logs in without the file")

        (ids / "secret-id").write_text("hvs.none")
        running.wait_for_line("the kept secret id is used: the new token for one is refused", level="error")
        before = proxy.paths.count(login)
        running.wait(lambda: proxy.paths.count(login) >= before + 2, "it logs in by the one that it has")
        assert proxy.paths.count(UNWRAP) == 1

        (ids / "secret-id").write_text(_wrapped(vault_server))
        running.wait(lambda: proxy.paths.count(UNWRAP) == 2, "it takes the new token")
        before = proxy.paths.count(login)
        running.wait(lambda: proxy.paths.count(login) >= before + 2, "it logs in by the new one")
        assert proxy.paths.count(UNWRAP) == 2
