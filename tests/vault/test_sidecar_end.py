"""How a sidecar ends: on SIGTERM, wherever it is, and where its first files cannot be had."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest

from tests.support.vault.proxy import Proxy
from tests.support.vault.server import VaultServer
from tests.support.vault.sidecar import shown_status, sidecar, sidecar_plan

DB = "secret/data/shop/db"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_revokes_the_token(
    vault_server: VaultServer, proxy: Proxy, directory: Path, number: signal.Signals
) -> None:
    """Within 2 s the service token is gone, and the exit code is 0; a Pod's stopSignal may be either."""
    session = vault_server.session(address=proxy.address, role="shop.service")
    with sidecar(sidecar_plan(session, directory, DB)) as running:
        token = proxy.exchanges[0].answered()["auth"]["client_token"]
        assert vault_server.is_alive(token)
        finished, seconds = running.stop(number)
    assert (finished.code, seconds < 2) == (0, True)
    assert not vault_server.is_alive(token)


def test_sigterm_ends_one_that_waits_for_vault(vault_server: VaultServer, directory: Path) -> None:
    """Before the first files, with nobody at the address, it ends as quickly."""
    plan = sidecar_plan(vault_server.session(address="https://127.0.0.1:1"), directory, DB)
    with sidecar(plan, is_ready=False) as running:
        running.wait_for_line("no answer to use yet")
        finished, seconds = running.stop()
    assert (finished.code, seconds < 2) == (0, True)
    assert not (running.state / "ready").exists()


def test_sigterm_ends_one_whose_vault_hangs(vault_server: VaultServer, proxy: Proxy, directory: Path) -> None:
    """Vault takes its call, and answers nothing more: it ends as quickly, and says that the token could not go."""
    hang = threading.Event()
    session = vault_server.session(address=proxy.address, role="shop.service")
    with sidecar(sidecar_plan(session, directory, DB)) as running:
        asked = []

        def hold(path: str) -> None:
            asked.append(path)
            hang.wait(30)

        proxy.before = hold
        running.wait(lambda: asked, "it has asked")
        finished, seconds = running.stop()
        hang.set()
    assert (finished.code, seconds < 2) == (0, True)
    assert "could not be revoked" in finished.lines[-2]["message"]


def test_first_files_that_cannot_be_had_end_it(vault_server: VaultServer, proxy: Proxy, directory: Path) -> None:
    """As for a program that runs once: the exit code says why, and the token is revoked."""
    session = vault_server.session(address=proxy.address, role="shop.service")
    with sidecar(sidecar_plan(session, directory, DB, "secret/data/shop/none"), is_ready=False) as running:
        finished, _ = running.program.finish(15)
    assert finished.code == 14
    assert not vault_server.is_alive(proxy.exchanges[0].answered()["auth"]["client_token"])
    assert shown_status(running.plan).code == 2
