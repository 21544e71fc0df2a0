"""A real Vault with what the fast tests have in theirs, so that their helpers work with it; and engines that create."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec

from tests.realparts import vault
from tests.realparts.vaultadmin import VaultRefused
from tests.support.vault.server import VaultServer, set_up
from tests.support.waiting import wait_until
from vault.client import VaultClient

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from tests.realparts.sandbox import Sandbox
    from tests.realparts.vaultadmin import VaultAdmin

DB = "secret/data/shop/db"


def prepare(real: vault.VaultServer, folder: Path) -> VaultServer:
    """Set up an empty Vault as tests/support/vault/server.py says, with pki and transit; tokens go to `folder`."""
    server = VaultServer(
        address=real.address,
        root_token=real.root_token,
        folder=folder,
        authority=real.authority.root,
        ca_file=real.ca_pem,
        client=VaultClient(real.address, real.root_token, real.ca_pem),
        signing_key=ec.generate_private_key(ec.SECP256R1()),
    )
    admin = real.admin
    admin.write("sys/mounts/secret", type="kv", options={"version": "2"})
    wait_until(lambda: _is_ready(admin), 30, "the mount secret/ takes secrets", log=real.log)
    set_up(server)
    admin.write("sys/mounts/pki", type="pki")
    admin.write("pki/root/generate/internal", common_name="tests", key_type="ec", ttl="24h")
    admin.write("pki/roles/shop", allow_any_name=True, key_type="ec", ttl="1h")
    admin.write("sys/mounts/transit", type="transit")
    admin.write("transit/keys/shop")
    return server


def _is_ready(admin: VaultAdmin) -> bool:
    """Whether a new KV version 2 mount has been upgraded, as Vault calls it; until then it refuses all with 400."""
    try:
        admin.write("secret/data/ready", data={})
    except VaultRefused as refused:
        assert "Upgrading" in refused.text
        return False
    return True


def audited(log: Path, path: str) -> Iterable[Mapping[str, Any]]:
    """Every answer of Vault's to a request of that path, as its audit log has it."""
    for line in log.read_text().splitlines():
        entry = json.loads(line)
        if entry["type"] == "response" and entry["request"]["path"] == path:
            yield entry


@contextmanager
def three_nodes(box: Sandbox, storage: vault.Storage) -> Iterator[list[vault.VaultServer]]:
    """Run three nodes of one cluster; the first is active."""
    with ExitStack() as stack:
        first = stack.enter_context(vault.vault(box, storage, name="one", port=8300))
        others = [
            stack.enter_context(
                vault.vault(box, storage, name=name, port=port, keys=first.keys, authority=first.authority)
            )
            for name, port in (("two", 8310), ("three", 8320))
        ]
        yield [first, *others]


def requested_since(log: Path, offset: int) -> list[tuple[str, str]]:
    """Give operation and path of each request that is in an audit log behind an offset."""
    with log.open("rb") as file:
        file.seek(offset)
        entries = [json.loads(line) for line in file if b'"type":"request"' in line]
    return [(entry["request"]["operation"], entry["request"]["path"]) for entry in entries]
