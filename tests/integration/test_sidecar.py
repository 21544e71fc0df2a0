"""A sidecar and a real Vault: an outage, tokens that end before their time, a certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.cluster.place import DB, audited
from tests.support.vault.clock import Log
from tests.support.vault.sidecar import sidecar, sidecar_plan, write_role
from tests.support.waiting import wait_until
from vault.agent.api.session import Request, Session
from vault.agent.deadline import Deadline
from vault.contract.plan import Read

if TYPE_CHECKING:
    from pathlib import Path

    from tests.realparts import vault
    from tests.support.vault.proxy import Proxy
    from tests.support.vault.server import VaultServer

pytestmark = pytest.mark.real


@pytest.mark.parametrize("kind", ["service", "batch"])
def test_it_outlives_an_outage(server: VaultServer, node: vault.VaultServer, directory: Path, kind: str) -> None:
    """Vault is stopped until the token has ended, then it starts: a login, the new version, the same process."""
    path = f"secret/data/shop/outage-{kind}"
    server.client.write(path, {"data": {"a": "1"}})
    role = write_role(server, f"shop.outage.{kind}", kind, "4s")
    with sidecar(sidecar_plan(server.session(role=role), directory, path)) as running:
        server.client.write(path, {"data": {"a": "2"}})
        running.wait(lambda: running.json() == {"a": "2"}, "the new version is there")
        logins = len(list(audited(node.audit_log, "auth/jwt/login")))
        node.stop()
        try:
            running.wait_for_line("retrying; the files stay as they are", reason="vault-unreachable")
            ends = running.status()["logins"][0]["token_ends"]
            running.wait(lambda: running.status()["written"] > ends, "the token has ended")
            assert running.json() == {"a": "2"}
        finally:
            node.start()
        server.client.write(path, {"data": {"a": "3"}})
        running.wait(lambda: running.json() == {"a": "3"}, "the new version is there")
        assert len(list(audited(node.audit_log, "auth/jwt/login"))) > logins
        assert running.stop()[0].code == 0


def test_a_token_that_was_revoked_is_replaced(server: VaultServer, proxy: Proxy, directory: Path) -> None:
    """An operator revokes the token: there is a new login, without an error, and the new version."""
    path = "secret/data/shop/revoked"
    server.client.write(path, {"data": {"a": "1"}})
    session = server.session(address=proxy.address, role="shop.service")
    with sidecar(sidecar_plan(session, directory, path)) as running:
        token = proxy.exchanges[0].answered()["auth"]["client_token"]
        server.client.write("auth/token/revoke", {"token": token})
        server.client.write(path, {"data": {"a": "2"}})
        running.wait_for_line("logged in again", role="shop.service")
        running.wait(lambda: running.json() == {"a": "2"}, "the new version is there")
        assert running.status()["state"] == "up to date"


def test_a_batch_token_that_has_ended_is_told_from_one_without_the_right(server: VaultServer) -> None:
    """Vault refuses both with 403; the words make the difference."""
    session = Session(server.session(role=write_role(server, "shop.dead", "batch", "1s")), Deadline(30), Log())
    session.login()
    assert session.call(Request(kind="read", path="secret/data/mall/db")).status == 403
    before = session.is_dead
    read = Request(kind="read", path=DB)
    wait_until(lambda: session.call(read).status == 403, 15, "the token has ended")
    assert (before, session.is_dead) == (False, True)
    session.disconnect()


def test_a_certificate_is_issued_anew(server: VaultServer, proxy: Proxy, directory: Path) -> None:
    """Before its end, by the same token."""
    server.client.write("pki/roles/brief", {"allow_any_name": True, "key_type": "ec", "ttl": "3s"})
    read = Read(path="pki/issue/brief", data=(("common_name", "shop.example"),))
    session = server.session(address=proxy.address, role="shop.service")
    with sidecar(sidecar_plan(session, directory, read)) as running:
        first = running.json()["serial_number"]
        running.wait(lambda: running.json()["serial_number"] != first, "there is a new one")
        assert proxy.paths.count("auth/jwt/login") == 1
