"""The life of one Vault on a table that is there: how far it comes where something is refused to it.

It is initialized and unsealed by KMS, becomes active, is written to, read, listed, deleted from, and ended as an
operator ends it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.realparts.certificates import Authority, KeyPair
from tests.realparts.dynamodb import CREDENTIALS, REGION
from tests.realparts.parts import part
from tests.realparts.processes import Process, ProcessEnded
from tests.realparts.requests import status_of
from tests.realparts.vaultadmin import VaultAdmin, VaultRefused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.realparts.dynamodb import DynamoDB
    from tests.realparts.sandbox import Sandbox

PORT = 8200
ACTIVE = 200  # of sys/health
SECONDS = 60.0
DENIED = "AccessDenied"  # in Vault's log

TABLE = {
    "KeySchema": [{"AttributeName": "Path", "KeyType": "HASH"}, {"AttributeName": "Key", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": "Path", "AttributeType": "S"},
        {"AttributeName": "Key", "AttributeType": "S"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where Vaults live: AWS as they see it, the store itself, and the unseal key."""

    box: Sandbox
    dynamodb_endpoint: str
    kms_endpoint: str
    store: DynamoDB
    key: str


def lived(place: Place, name: str) -> str | None:
    """Live on a new table of that name; gives the step that did not go, None if all went."""
    place.store.call("CreateTable", TableName=name, **TABLE)
    authority = Authority(place.box.folder / name, "Vault of the tests")
    pair = authority.issue("vault", place.box.address)
    file = place.box.folder / name / "vault.json"
    file.write_text(json.dumps(_configuration(place, name, pair)))
    command: list[str | Path] = [part("vault") / "bin" / "vault", "server", "-config", file]
    client = VaultAdmin(f"https://{place.box.address}:{PORT}", authority.certificate)
    with place.box.running(name, command, CREDENTIALS) as process:
        failed = _ran(client, process)
    lock = place.store.call("GetItem", TableName=name, Key={"Path": {"S": "core"}, "Key": {"S": "_lock"}})
    return failed or ("give the lock back" if "Item" in lock else None)


def _ran(client: VaultAdmin, process: Process) -> str | None:
    def status() -> int | None:
        return status_of(f"{client.address}/v1/sys/health", trusted=client.trusted)

    def comes(wanted: Callable[[], object], what: str) -> bool:
        """Wait until it is so, or Vault's log says what is denied, and give whether it is so."""
        process.wait_until(lambda: wanted() or DENIED in process.log.read_text(), SECONDS, what)
        return bool(wanted())

    step = "start"
    try:
        if not comes(status, "Vault answers"):
            return step
        step = "initialize"
        token = client.write("sys/init", recovery_shares=1, recovery_threshold=1)["root_token"]
        step = "become active"
        if not comes(lambda: status() == ACTIVE, "Vault is active"):
            return step
        admin = VaultAdmin(client.address, client.trusted, token)
        step = "write"
        admin.write("sys/mounts/kv", type="kv", options={"version": "1"})
        admin.write("kv/shop/db", value="x")
        step = "read"
        assert admin.read("kv/shop/db")["data"] == {"value": "x"}
        step = "list"
        assert admin.list("kv/shop") == ["db"]
        step = "delete"
        admin.delete("kv/shop/db")
        assert admin.list("kv/shop") == []
    except (ProcessEnded, VaultRefused):
        return step
    return None


def _configuration(place: Place, table: str, pair: KeyPair) -> dict[str, object]:
    box = place.box
    storage = {"endpoint": place.dynamodb_endpoint, "region": REGION, "table": table, "ha_enabled": "true"}
    listener = {
        "address": f"{box.listen}:{PORT}",
        "tls_cert_file": str(pair.certificate),
        "tls_key_file": str(pair.key),
    }
    return {
        "storage": {"dynamodb": storage},
        "seal": {"awskms": {"endpoint": place.kms_endpoint, "region": REGION, "kms_key_id": place.key}},
        "listener": {"tcp": listener},
        "api_addr": f"https://{box.address}:{PORT}",
        "cluster_addr": f"https://{box.address}:{PORT + 1}",
        "disable_mlock": True,
    }
