"""A token for the application: a login of its own, kept alive by a sidecar, and revoked with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.vault.program import run_program
from tests.support.vault.proxy import Proxy
from tests.support.vault.server import VaultServer
from tests.support.vault.sidecar import sidecar, sidecar_plan, write_role
from vault.client import VaultClient
from vault.contract.plan import Output, Plan, Read, Session

LOGIN = "auth/jwt/login"


def _plan(session: Session, directory: Path, **fields: Any) -> Plan:
    """Give the Plan of a token's file beside that of a secret."""
    output = Output(directory=str(directory), name="token", mode="0440", read=1, key="token")
    plan = sidecar_plan(session, directory, "secret/data/shop/db", Read(path=LOGIN, login=True), **fields)
    return plan.replace(outputs=(plan.outputs[0], output))


def _lives(server: VaultServer, token: str) -> bool:
    """Whether Vault accepts a token."""
    try:
        return VaultClient(server.address, token, ca_file=server.ca_file).read("auth/token/lookup-self") is not None
    except Exception:  # noqa: BLE001 - Vault refuses it
        return False


@pytest.mark.parametrize("kind", ["service", "batch"])
def test_it_is_a_login_of_its_own(vault_server: VaultServer, proxy: Proxy, directory: Path, kind: str) -> None:
    """In mode init the agent's own token is revoked, the application's lives on, and the log says until when."""
    role = write_role(vault_server, f"shop.token.{kind}", kind, "5m")
    session = vault_server.session(address=proxy.address, role=role)
    finished = run_program(_plan(session, directory, mode="init"))

    assert finished.code == 0, finished.stderr
    token = (directory / "token").read_text()
    assert _lives(vault_server, token)
    assert proxy.paths.count(LOGIN) == 2
    assert proxy.paths.count("auth/token/revoke-self") == (kind == "service")
    said = [line["message"] for line in finished.lines if line["level"] == "warning"]
    assert said == ["the token for the application ends in 300 s, and nothing renews it"]
    assert token.encode() not in finished.stderr


def test_a_sidecar_keeps_it_alive_and_replaces_it(vault_server: VaultServer, proxy: Proxy, directory: Path) -> None:
    """It is renewed up to its maximum; then there is another, before it ends; SIGTERM revokes what lives."""
    own = write_role(vault_server, "shop.token.lives", "service", "4s", "9s")
    session = vault_server.session(address=proxy.address, role=own)
    with sidecar(_plan(session, directory)) as running:
        first = (running.read("token") or b"").decode()
        assert _lives(vault_server, first)
        running.wait(lambda: (running.read("token") or b"").decode() != first, "there is another")
        running.wait(lambda: not _lives(vault_server, first), "the first has ended")
        assert _lives(vault_server, (running.read("token") or b"").decode())
        last = (running.read("token") or b"").decode()
        running.stop()
    assert not _lives(vault_server, last)
    renewed_by = {
        token for each in proxy.exchanges for token in each.headers.values() if each.path.endswith("renew-self")
    }
    assert first in renewed_by


def test_a_new_login_of_the_agent_leaves_it(vault_server: VaultServer, proxy: Proxy, directory: Path) -> None:
    """The application's token is not bound to the agent's, so that its file stays as it is."""
    role = write_role(vault_server, "shop.token.stays", "batch", "4s")
    with sidecar(_plan(vault_server.session(address=proxy.address, role=role), directory)) as running:
        running.wait_for_line("logged in again")
        assert _lives(vault_server, (running.read("token") or b"").decode())
