"""Vault keeps its data in DynamoDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.realparts.dynamodb import DynamoDB, dynamodb
from tests.realparts.sandbox import Sandbox, sandbox
from tests.realparts.vault import ACTIVE, SEALED, STANDBY, Storage, VaultServer, vault
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real

CANARY = "canary-of-vault"


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with sandbox() as made:
        yield made


@pytest.fixture(scope="module")
def store(box: Sandbox) -> Iterator[DynamoDB]:
    with dynamodb(box) as made:
        yield made


@pytest.fixture(scope="module")
def server(box: Sandbox, store: DynamoDB) -> Iterator[VaultServer]:
    with vault(box, Storage(store.endpoint)) as made:
        made.admin.write("sys/mounts/plain", type="kv", options={"version": "1"})
        made.admin.write("plain/one", password=CANARY)
        yield made


def test_secret(server: VaultServer, store: DynamoDB) -> None:
    """A secret comes back as it was written, an absent one is None, and the table is in DynamoDB."""
    assert server.admin.read("plain/one")["data"] == {"password": CANARY}
    assert server.admin.read("plain/two") is None
    assert server.admin.list("plain") == ["one"]
    assert store.tables() == ["vault-data"]


def test_audit_log(server: VaultServer) -> None:
    """The audit log names the path that was read, and not the secret."""
    server.admin.read("plain/one")
    log = server.audit_log.read_text()
    assert '"path":"plain/one"' in log
    assert CANARY not in log


def test_restart(server: VaultServer) -> None:
    """A Vault that was stopped and started again on the same storage has the secret, at the same address."""
    server.stop()
    assert server.health() is None
    server.start()
    assert server.admin.read("plain/one")["data"] == {"password": CANARY}


def test_seal(server: VaultServer) -> None:
    """A sealed Vault says so, and serves again after it was unsealed."""
    server.seal()
    assert server.health() == SEALED
    server.unseal()
    assert server.health() == ACTIVE


def test_failover(box: Sandbox, store: DynamoDB) -> None:
    """After SIGKILL of the active node the standby takes over, with the secrets."""
    storage = Storage(store.endpoint, table="vault-ha")
    with (
        vault(box, storage, name="first", port=8300) as first,
        vault(box, storage, name="second", port=8310, keys=first.keys, authority=first.authority) as second,
    ):
        first.admin.write("sys/mounts/plain", type="kv")
        first.admin.write("plain/one", password=CANARY)
        assert second.health() == STANDBY
        assert second.audit_log == first.audit_log
        first.kill()
        wait_until(lambda: second.health() == ACTIVE, 60, "the standby takes over", log=second.log)
        assert second.admin.read("plain/one")["data"] == {"password": CANARY}


def test_loopback(store: DynamoDB) -> None:
    """Vault also runs on the machine's loopback, on a free port."""
    with sandbox(own_network=False) as shared, vault(shared, Storage(store.endpoint, table="vault-other")) as server:
        assert server.address.startswith("https://127.0.0.1:")
        assert server.health() == ACTIVE
