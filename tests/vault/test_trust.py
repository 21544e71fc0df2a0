"""Whom a connection trusts: any certificate of the CA that it was given, as Go does, however that CA is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.support.vault.proxy import running_proxy, says_bytes
from tests.support.vault.server import TlsFiles, VaultServer
from vault.agent.api.transport import Connection, NoAnswer, trust
from vault.contract.errors import PlanInvalid
from vault.contract.origins import parse_origin
from vault.contract.plan import Session

EXPIRED = {
    "not_before": dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
    "not_after": dt.datetime(2020, 1, 2, tzinfo=dt.UTC),
}


class _Chain:
    """Root, intermediate and leaf, and what the server sends of them."""

    def __init__(self, folder: Path, *, sends_intermediate: bool, **options: Any) -> None:
        self.root = trustme.CA()
        self.intermediate = self.root.create_child_ca()
        leaf = self.intermediate.issue_cert("127.0.0.1", **options)
        pems = [each.bytes() for each in leaf.cert_chain_pems]
        self.leaf = pems[0].decode()
        self.tls = TlsFiles(folder / "tls.crt", folder / "tls.key")
        self.tls.certificate.write_bytes(b"".join(pems if sends_intermediate else pems[:1]))
        leaf.private_key_pem.write_to_path(self.tls.key)

    def bundle(self, *names: str) -> str:
        """Give some of the certificates."""
        pems = {
            "root": self.root.cert_pem.bytes().decode(),
            "intermediate": self.intermediate.cert_pem.bytes().decode(),
            "leaf": self.leaf,
        }
        return "".join(pems[name] for name in names)


def _status(tls: TlsFiles, **ca: Any) -> int:
    with running_proxy(tls) as proxy:
        proxy.script.append(says_bytes(200, b"{}"))
        session = Session(vault="main", address=proxy.address, role="r", token_file="/none", **ca)
        origin = parse_origin(proxy.address)
        assert origin is not None
        with closing(Connection(origin, trust(session))) as connection:
            return connection.call("GET", "/", {}, b"", connect_seconds=20, seconds=20).status


@pytest.mark.parametrize("sends_intermediate", [True, False])
@pytest.mark.parametrize(
    "names", [("intermediate",), ("leaf",), ("root", "intermediate"), ("intermediate", "root"), ("leaf", "root")]
)
def test_any_certificate_of_the_ca_is_an_anchor(
    tmp_path: Path, names: tuple[str, ...], *, sends_intermediate: bool
) -> None:
    """An intermediate without its root, or the server's own certificate, is trusted, whatever is sent."""
    chain = _Chain(tmp_path, sends_intermediate=sends_intermediate)

    assert _status(chain.tls, ca_pem=chain.bundle(*names)) == 200


def test_the_root_alone_needs_the_intermediate(tmp_path: Path) -> None:
    """A server that keeps its intermediate to itself is not trusted by the root alone, as everywhere."""
    chain = _Chain(tmp_path, sends_intermediate=False)

    with pytest.raises(NoAnswer, match="is not trusted"):
        _status(chain.tls, ca_pem=chain.bundle("root"))


def test_an_anchor_makes_no_other_certificate_good(tmp_path: Path) -> None:
    """A foreign intermediate does not sign, and one that has signed does not fix what has expired."""
    chain, other = _Chain(tmp_path, sends_intermediate=True), trustme.CA().create_child_ca()
    with pytest.raises(NoAnswer, match="is not trusted"):
        _status(chain.tls, ca_pem=other.cert_pem.bytes().decode())
    old = _Chain(tmp_path, sends_intermediate=True, **EXPIRED)
    for names in (("intermediate",), ("leaf",)):
        with pytest.raises(NoAnswer, match="certificate has expired"):
            _status(old.tls, ca_pem=old.bundle(*names))


SPOILT: list[Callable[[str], bytes]] = [
    lambda pem: f"# Főtanúsítvány\n{pem}".encode(),
    lambda pem: f"# für\n{pem}".encode("latin-1"),
    lambda pem: f"\ufeff{pem}".encode(),
    lambda pem: pem.replace("\n", "\r\n").encode(),
    lambda pem: "".join(f"  {line}\n" for line in pem.splitlines()).encode(),
    lambda pem: (trustme.CA().cert_pem.bytes().decode().strip() + pem).encode(),
]


@pytest.mark.parametrize("spoil", SPOILT)
def test_a_ca_is_taken_as_people_write_it(
    vault_server: VaultServer, loopback_tls: TlsFiles, tmp_path: Path, spoil: Callable[[str], bytes]
) -> None:
    """Comments, a byte order mark, line ends and glued blocks do no harm, in a file and in a Plan."""
    spoilt = spoil(vault_server.ca_pem)
    file = tmp_path / "ca.pem"
    file.write_bytes(spoilt)

    assert _status(loopback_tls, ca_file=str(file)) == 200
    assert _status(loopback_tls, ca_pem=spoilt.decode("latin-1")) == 200


def test_a_block_that_is_no_certificate_is_told_by_its_number(vault_server: VaultServer, tmp_path: Path) -> None:
    """A ConfigMap is seen by the Pod alone, so its message says which block is wrong."""
    file = tmp_path / "ca.pem"
    file.write_text(vault_server.ca_pem + "-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----\n")

    with pytest.raises(
        PlanInvalid, match=r"cannot be read from /.*/ca\.pem: it has a block 2 that is labelled a certificate"
    ):
        trust(vault_server.session(ca_pem="", ca_file=str(file)))
