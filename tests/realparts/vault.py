"""HashiCorp Vault with its data in DynamoDB: TLS, one unseal share, a file audit device.

Several nodes of one cluster: enter `vault` again with another name and port, the same storage and authority, and the
first node's keys.
"""

from __future__ import annotations

import contextlib
import json
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.realparts.certificates import Authority, KeyPair
from tests.realparts.dynamodb import CREDENTIALS, REGION
from tests.realparts.parts import part
from tests.realparts.requests import status_of
from tests.realparts.vaultadmin import VaultAdmin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.realparts.processes import Process
    from tests.realparts.sandbox import Sandbox

ACTIVE, STANDBY, NOT_INITIALIZED, SEALED = 200, 429, 501, 503  # of sys/health

# a failover takes 15 s; the first start on a new table waits for the table
READY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Storage:
    """A table of a DynamoDB; Vault makes the table if there is none."""

    endpoint: str
    table: str = "vault-data"


@dataclass(frozen=True, slots=True)
class Keys:
    """What `sys/init` gave."""

    unseal: str = field(repr=False)
    root_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class VaultServer:
    """One node. `address` is the same for tests and for Pods; `log` is the node's output, `pair` its certificate."""

    address: str
    ca_pem: Path
    audit_log: Path
    log: Path
    keys: Keys
    authority: Authority
    pair: KeyPair
    _node: _Node = field(repr=False)

    @property
    def root_token(self) -> str:
        """A token that may do everything."""
        return self.keys.root_token

    @property
    def admin(self) -> VaultAdmin:
        """A client with the root token."""
        return VaultAdmin(self.address, self.ca_pem, self.root_token)

    def health(self) -> int | None:
        """The status of `sys/health`: one of the constants above; None if the node does not answer."""
        return self._node.health()

    def seal(self) -> None:
        """Seal; only an active node can."""
        self.admin.call("PUT", "sys/seal")

    def unseal(self) -> None:
        """Unseal, and wait until the node is active or the standby of another."""
        self._node.unseal(self.keys)

    def reload(self) -> None:
        """Let the node read its certificate anew (SIGHUP), which it does a moment later."""
        self._node.process.kill(signal.SIGHUP)

    def stop(self) -> None:
        """End the node, as an operator would; its data stays in DynamoDB. `start` starts it again."""
        self._node.stop()

    def kill(self) -> None:
        """End the node with SIGKILL: its lock in DynamoDB stays until it expires."""
        self._node.kill()

    def start(self) -> None:
        """Start the node again, with the same address and certificate, and unseal it."""
        self._node.start()
        self._node.unseal(self.keys)


class _Node:
    """The process of one node, which may come and go."""

    def __init__(self, box: Sandbox, name: str, command: list[str | Path], client: VaultAdmin) -> None:
        self._box = box
        self._name = name
        self._command = command
        self._client = client
        self._process: Process | None = None

    @property
    def process(self) -> Process:
        if self._process is None:
            raise AssertionError(f"{self._name} does not run")
        return self._process

    def health(self) -> int | None:
        return status_of(f"{self._client.address}/v1/sys/health", trusted=self._client.trusted)

    def start(self) -> None:
        self._process = self._box.start(self._name, self._command, CREDENTIALS)
        self.process.wait_until(self.health, READY_SECONDS, f"{self._name} answers")

    def unseal(self, keys: Keys) -> None:
        self._client.call("PUT", "sys/unseal", {"key": keys.unseal})
        self.process.wait_until(self._serves, READY_SECONDS, f"{self._name} is active or the standby of another")

    def _serves(self) -> bool:
        """Whether requests are answered: a node that is alone is a standby, too, until it has the lock."""
        health = self.health()
        if health == STANDBY:
            leader: str = self._client.read("sys/leader")["leader_address"]
            return leader not in ("", self._client.address)
        return health == ACTIVE

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None

    def kill(self) -> None:
        self.process.kill()
        self.stop()


@contextlib.contextmanager
def vault(
    box: Sandbox,
    storage: Storage,
    *,
    name: str = "vault",
    port: int | None = None,
    keys: Keys | None = None,
    authority: Authority | None = None,
) -> Iterator[VaultServer]:
    """Run one node, unsealed. Without `keys` the storage must be empty: it is initialized, with an audit device.

    The audit device is a part of what is stored: every node on the same storage writes to the file of the first.
    """
    folder = box.folder / name
    folder.mkdir(exist_ok=True)
    chosen = port or box.port(8200)
    trusted = authority or Authority(folder / "tls", "Vault of the tests")
    pair = trusted.issue(name, box.address, box.node, "localhost", "127.0.0.1")
    address = f"https://{box.address}:{chosen}"
    configuration = folder / "vault.json"
    cluster_port = chosen + 1 if box.own_network else box.port(0)
    configuration.write_text(json.dumps(_configuration(box, storage, pair, chosen, cluster_port)))
    client = VaultAdmin(address, trusted.certificate)
    node = _Node(box, name, [part("vault") / "bin" / "vault", "server", "-config", configuration], client)
    try:
        node.start()
        known = keys or _initialize(client)
        node.unseal(known)
        yield VaultServer(
            address=address,
            ca_pem=trusted.certificate,
            audit_log=_audit_log(VaultAdmin(address, trusted.certificate, known.root_token), box, name),
            log=node.process.log,
            keys=known,
            authority=trusted,
            pair=pair,
            _node=node,
        )
    finally:
        node.stop()


def _configuration(box: Sandbox, storage: Storage, pair: KeyPair, port: int, cluster_port: int) -> dict[str, object]:
    return {
        "storage": {
            "dynamodb": {
                "endpoint": storage.endpoint,
                "region": REGION,
                "table": storage.table,
                "ha_enabled": "true",
            }
        },
        "listener": {
            "tcp": {
                "address": f"{box.listen}:{port}",
                "cluster_address": f"{box.listen}:{cluster_port}",
                "tls_cert_file": str(pair.certificate),
                "tls_key_file": str(pair.key),
            }
        },
        "api_addr": f"https://{box.address}:{port}",
        "cluster_addr": f"https://{box.address}:{cluster_port}",
        "disable_mlock": True,
        "log_level": "info",
        "ui": False,
    }


def _initialize(client: VaultAdmin) -> Keys:
    answer = client.call("PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1})
    return Keys(unseal=answer["keys_base64"][0], root_token=answer["root_token"])


def _audit_log(admin: VaultAdmin, box: Sandbox, name: str) -> Path:
    """Give the file of the audit device, made by the first node: where it is, is a part of what is stored."""
    devices = admin.read("sys/audit")["data"]
    if not devices:
        file = box.folder / "logs" / f"{name}-audit.log"
        admin.write("sys/audit/file", type="file", options={"file_path": str(file)})
        return file
    return Path(devices["file/"]["options"]["file_path"])
