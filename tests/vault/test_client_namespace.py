"""A namespace that is named is the one that is asked, or an error; never the root in its place."""

from __future__ import annotations

import pytest

from tests.support.vault.proxy import Proxy, says_bytes
from tests.support.vault.server import VaultServer
from vault.client import VaultClient
from vault.contract.errors import PathNotFound


@pytest.mark.parametrize("method", ["read", "list", "write", "delete", "read_there"])
def test_a_namespace_of_a_vault_that_has_none(proxy: Proxy, vault_server: VaultServer, method: str) -> None:
    """Vault's community edition answers for its root: it is asked once whether it has namespaces."""
    client = VaultClient(proxy.address, vault_server.root_token, vault_server.ca_file, "team-a")
    proxy.script.append(says_bytes(200, b'{"initialized":true,"enterprise":false,"version":"1.21.0"}'))

    with pytest.raises(PathNotFound, match="namespace not found: team-a") as refused:
        client.write("kv1/x", {}) if method == "write" else getattr(client, method)("kv1/x")
    assert "has no namespaces" in refused.value.hint
    assert [each.path.partition("?")[0] for each in proxy.exchanges] == ["/v1/sys/health"]
    assert "x-vault-namespace" not in proxy.exchanges[0].headers


def test_a_table_of_the_root_is_none_of_a_namespace(proxy: Proxy, vault_server: VaultServer) -> None:
    """An older Vault does not say which edition it is; its table of mounts says whose it is."""
    table = b'{"request_id":"1","data":{"sys/":{"type":"system"},"secret/":{"type":"kv"}}}'
    for namespace in ("team-a", "team-a/", "", "root", "/"):
        client = VaultClient(proxy.address, vault_server.root_token, vault_server.ca_file, namespace)
        if namespace.startswith("team"):
            proxy.script += [says_bytes(200, b'{"initialized":true}'), says_bytes(200, table)]
            with pytest.raises(PathNotFound, match="namespace not found: team-a"):
                client.read_there("sys/mounts")
        else:
            proxy.script.append(says_bytes(200, table))
            assert "secret/" in client.read_there("sys/mounts")


def test_a_namespace_that_is_there(vault_server: VaultServer) -> None:
    """It is used for all but Vault's clock, which is the root's."""
    vault_server.client.write("sys/namespaces/team-b", {})
    client = VaultClient(vault_server.address, vault_server.root_token, vault_server.ca_file, "team-b")

    assert set(client.read_there("sys/auth")) == {"token/"}
    client.write("sys/mounts/kv1", {"type": "kv"})
    client.write("kv1/x", {"a": "b"})
    assert client.read("kv1/x") == {"a": "b"}
    assert vault_server.client.read("kv1/x") is None
    assert client.now() > 1_700_000_000
