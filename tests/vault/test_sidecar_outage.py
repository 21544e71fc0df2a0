"""A sidecar whose Vault is away, or whose volume is full: it stays, with the files that it has, until all is well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.canary import Canary, occurrences
from tests.support.vault.proxy import Proxy
from tests.support.vault.server import VaultServer, running_vault
from tests.support.vault.sidecar import shown_status, sidecar, sidecar_plan, write_role
from vault.contract.plan import Output

DB = "secret/data/shop/db"
AWAY = 10**6


@pytest.fixture
def away(proxy: Proxy) -> Iterator[Proxy]:
    """A proxy that may go away: with `hang_ups` it ends each connection before a word is said."""
    yield proxy
    proxy.hang_ups = 0


def test_it_outlives_an_outage(vault_server: VaultServer, away: Proxy, directory: Path) -> None:
    """The token ends meanwhile; the files and the process stay, one line says so; afterwards it logs in and goes on."""
    path = "secret/data/shop/outage"
    vault_server.client.write(path, {"data": {"a": "1"}})
    role = write_role(vault_server, "shop.outage", "service", "2s")
    with sidecar(sidecar_plan(vault_server.session(address=away.address, role=role), directory, path)) as running:
        token = away.exchanges[0].answered()["auth"]["client_token"]
        away.hang_ups = AWAY
        running.wait_for_line("retrying; the files stay as they are", reason="vault-unreachable")
        vault_server.client.write(path, {"data": {"a": "2"}})
        running.wait(lambda: running.status()["state"] == "failing", "the status says so")
        running.wait(lambda: not vault_server.is_alive(token), "the token has ended")
        assert running.json() == {"a": "1"}
        assert "! no TLS with 127.0.0.1" in shown_status(running.plan).stderr.decode()

        away.hang_ups = 0
        running.wait(lambda: running.json() == {"a": "2"}, "the new version is there")
        running.wait_for_line("Vault answers again")
        running.wait(lambda: running.status()["state"] == "up to date", "all is well")
        said = running.program.lines("retrying; the files stay as they are")
        # on a busy machine the new token of two seconds may end before the first read
        assert [each["reason"] for each in said].count("vault-unreachable") == 1


def test_it_waits_for_an_unseal(vault_server: VaultServer, directory: Path, tmp_path: Path) -> None:
    """A real server that is sealed, and then stopped: it says which of both, and stays until it is told to end."""
    folder = tmp_path / "server"
    folder.mkdir()
    with running_vault(folder, vault_server.authority) as server:
        plan = sidecar_plan(server.session(role="shop.service"), directory, DB)
        with sidecar(plan) as running:
            assert server.call("PUT", "sys/seal").is_success
            running.wait_for_line("retrying; the files stay as they are", reason="vault-sealed")
            server_status = running.wait(lambda: running.status()["logins"][0]["error"], "the status says so")
            assert "unseal" in server_status["hint"]
            assert running.json()["username"] == "shop"
            finished, seconds = running.stop()
    assert (finished.code, seconds < 2) == (0, True)


def test_a_vault_that_is_away_holds_up_no_other(vault_server: VaultServer, away: Proxy, directory: Path) -> None:
    """Two Vaults: what comes from the one is looked after while the other is away."""
    path = "secret/data/shop/of-two"
    vault_server.client.write(path, {"data": {"a": "1"}})
    plan = sidecar_plan(vault_server.session(), directory, path)
    gone = vault_server.session(vault="gone", address=away.address)
    reads = (*plan.reads, plan.reads[0].replace(session=1, path=DB))
    output = plan.outputs[0].replace(name="1", read=1)
    plan = plan.replace(sessions=(*plan.sessions, gone), reads=reads, outputs=(*plan.outputs, output))
    with sidecar(plan) as running:
        away.hang_ups = AWAY
        running.wait_for_line("retrying; the files stay as they are", vault="gone")
        vault_server.client.write(path, {"data": {"a": "2"}})
        running.wait(lambda: running.json("0") == {"a": "2"}, "the new version is there")
        assert running.json("1")["username"] == "shop"
        errors = [login["error"] is None for login in running.status()["logins"]]
        assert errors == [True, False]


def test_no_idle_connection_is_kept(vault_server: VaultServer, proxy: Proxy, directory: Path) -> None:
    """Each look has a connection of its own, so that none is found closed: the log has nothing of it."""
    with sidecar(sidecar_plan(vault_server.session(address=proxy.address), directory, DB)) as running:

        def looked() -> bool:
            # login and first read have one; a connection is there a moment before what is asked on it
            return proxy.connections >= 4 and proxy.connections == len(proxy.exchanges) - 1

        running.wait(looked, "it has looked three times, each time on a connection of its own")
        assert [line["message"] for line in running.program.lines()] == ["published"]


def test_a_volume_that_cannot_be_written_is_tried_again(vault_server: VaultServer, directory: Path) -> None:
    """The files stay as they are, with an error in log and status; then the new ones are published."""
    path = "secret/data/shop/full"
    vault_server.client.write(path, {"data": {"a": "1"}})
    with sidecar(sidecar_plan(vault_server.session(), directory, path)) as running:
        aside = directory.with_name("aside")
        directory.rename(aside)
        vault_server.client.write(path, {"data": {"a": "2"}})
        running.wait_for_line("not published; the files stay as they are", reason="cannot-write")
        running.wait(lambda: running.status()["error"], "the status says so")
        aside.rename(directory)
        running.wait(lambda: running.json() == {"a": "2"}, "the new version is there")
        running.wait(lambda: running.status()["state"] == "up to date", "all is well")


def test_nothing_but_the_volume_has_a_secret(vault_server: VaultServer, proxy: Proxy, directory: Path) -> None:
    """Neither log, state nor status tell of a value or a token, through changes, failures and the end."""
    canaries = [Canary.random() for _ in range(3)]
    path = "secret/data/shop/sidecar-canary"
    vault_server.client.write(path, {"data": {"a": canaries[0].value}})
    session = vault_server.session(address=proxy.address, role="shop.service")
    plan = sidecar_plan(session, directory, path, DB)
    key = Output(directory=str(directory), name="key", mode="0400", key="a")
    seen = []
    with sidecar(plan.replace(outputs=(*plan.outputs, key), on_change="signal", signal="HUP", process="x")) as running:
        vault_server.client.write(path, {"data": {"b": canaries[1].value}})
        running.wait_for_line("not up to date", reason="key-missing")
        vault_server.client.write(path, {"data": {"a": canaries[2].value}})
        running.wait(lambda: running.read("key") == canaries[2].value.encode(), "the third is there")
        vault_server.client.delete(path)
        running.wait_for_line("not up to date", reason="path-not-found")
        seen.append(shown_status(running.plan).stderr)
        finished, _ = running.stop()
    seen += [finished.stderr, *(file.read_bytes() for file in running.state.iterdir())]
    token = proxy.exchanges[0].answered()["auth"]
    assert len(seen) == 4
    for text in seen:
        assert [occurrences(canary, text) for canary in canaries] == [(), (), ()]
        assert token["client_token"].encode() not in text
        assert token["accessor"].encode() not in text
