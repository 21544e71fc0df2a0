"""Which certificates the operator's commands trust: those that Vault's own command does, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from tests.support.vault.proxy import running_proxy
from tests.support.vault.server import TlsFiles, VaultServer
from vault.client import VaultClient
from vault.contract.errors import VaultUnreachable


def _chain(tmp_path: Path) -> tuple[trustme.CA, trustme.CA, trustme.LeafCert, TlsFiles]:
    root = trustme.CA()
    middle = root.create_child_ca()
    leaf = middle.issue_cert("127.0.0.1")
    files = TlsFiles(tmp_path / "tls.crt", tmp_path / "tls.key")
    leaf.private_key_pem.write_to_path(files.key)
    return root, middle, leaf, files


@pytest.mark.parametrize("trusted", ["root", "intermediate", "leaf"])
@pytest.mark.parametrize("sent", ["leaf", "leaf and intermediate"])
def test_any_certificate_of_the_chain_is_trusted(
    vault_server: VaultServer, tmp_path: Path, trusted: str, sent: str
) -> None:
    """As by Vault's own command: the intermediate alone, or the leaf; a chain that is not whole is not completed."""
    root, middle, leaf, files = _chain(tmp_path)
    chain = [leaf.cert_chain_pems[0], middle.cert_pem] if "and" in sent else [leaf.cert_chain_pems[0]]
    files.certificate.write_bytes(b"".join(each.bytes() for each in chain))
    file = tmp_path / "ca.pem"
    pem = {"root": root.cert_pem, "intermediate": middle.cert_pem, "leaf": leaf.cert_chain_pems[0]}[trusted]
    file.write_bytes(pem.bytes())
    with running_proxy(files, vault_server) as proxy:
        client = VaultClient(proxy.address, vault_server.root_token, file)
        if trusted == "root" and sent == "leaf":
            with pytest.raises(VaultUnreachable, match="not trusted"):
                client.read("kv1/shop/db")
        else:
            assert client.read("kv1/shop/db") is not None
        stranger = tmp_path / "stranger.pem"
        trustme.CA().cert_pem.write_to_path(stranger)
        with pytest.raises(VaultUnreachable, match="not trusted"):
            VaultClient(proxy.address, "t", stranger).read("kv1/shop/db")
