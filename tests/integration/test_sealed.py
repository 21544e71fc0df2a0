"""A Vault that is sealed, or that asks for time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.cluster.place import DB
from tests.support.vault.proxy import says, says_bytes
from tests.support.vault.running import AGAIN, failed, plan_of, running, succeeded
from tests.support.vault.server import DATABASE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.realparts import vault
    from tests.support.vault.proxy import Proxy
    from tests.support.vault.server import VaultServer

pytestmark = pytest.mark.real


@pytest.fixture
def sealed(node: vault.VaultServer, server: VaultServer) -> Iterator[VaultServer]:
    """The Vault, sealed; at the end it is not."""
    node.seal()
    yield server
    node.unseal()


def test_unsealed_in_time(
    sealed: VaultServer, node: vault.VaultServer, directory: Path, tmp_path: Path, show: Callable[[str], None]
) -> None:
    """A sealed Vault is waited for, and once it is unsealed the files are there."""
    with running(plan_of(sealed.session(), directory, DB), tmp_path / "log") as program:
        program.wait_for_tries(3, status=503, cause="Vault is sealed or not initialised")
        node.unseal()
        seconds = succeeded(program, directory, {"0": DATABASE})
    show(f"sealed, unsealed after three tries: published {seconds:.1f} s after the start")


def test_sealed_until_the_deadline(sealed: VaultServer, directory: Path, tmp_path: Path) -> None:
    """A Vault that stays sealed is exit 11 at the deadline, and the hint says how to unseal."""
    with running(plan_of(sealed.session(), directory, DB, seconds=3), tmp_path / "log") as program:
        said = failed(program, directory, 11, "vault-sealed")
    assert "vault operator unseal" in said["hint"]
    assert said["status"] == 503


def test_retry_after(
    server: VaultServer, proxy: Proxy, directory: Path, tmp_path: Path, show: Callable[[str], None]
) -> None:
    """A 429 and a 503 with Retry-After are waited for at least that long each, then Vault's own answers are used."""
    proxy.script.append(says(429, ["request path rate limit quota exceeded"], {"Retry-After": "2"}))
    proxy.script.append(says_bytes(503, b"<html>no upstream</html>", {"Retry-After": "3"}))
    session = server.session(address=proxy.address)
    with running(plan_of(session, directory, DB), tmp_path / "log") as program:
        seconds = succeeded(program, directory, {"0": DATABASE})
        assert [line["status"] for line in program.lines(AGAIN)] == [429, 503]
    assert proxy.paths == ["auth/jwt/login"] * 3 + [DB]
    assert 5 <= seconds < 15
    show(f"429 with Retry-After 2 and 503 with Retry-After 3: published after {seconds:.1f} s")
