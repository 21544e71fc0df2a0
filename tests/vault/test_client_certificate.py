"""The client certificate, against a real server that takes it for a login; and what may be wrong with its files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.support.canary import Canary
from tests.support.vault.program import Finished, run_program
from tests.support.vault.server import VaultServer, issue
from tests.support.vault.sidecar import sidecar, sidecar_plan
from vault.contract.plan import Output, Plan, Read, Session

MOUNT = "t-cert"
ROLE = f"auth/{MOUNT}/certs/shop"


@pytest.fixture
def clients() -> trustme.CA:
    """The authority of the clients' certificates, which is not that of the server's."""
    return trustme.CA()


@pytest.fixture
def files(vault_server: VaultServer, clients: trustme.CA, tmp_path: Path) -> Path:
    """Give the folder with `tls.crt` and `tls.key`, which the role takes."""
    if f"{MOUNT}/" not in (vault_server.client.read("sys/auth") or {}):
        vault_server.client.write(f"sys/auth/{MOUNT}", {"type": "cert"})
    _write_role(vault_server, clients)
    folder = tmp_path / "tls"
    folder.mkdir()
    issue(clients, folder, "checkout.shop", common_name="checkout.shop")
    return folder


def _write_role(server: VaultServer, clients: trustme.CA, ttl: str = "5m") -> None:
    fields = {"allowed_dns_sans": ["checkout.shop"], "token_policies": ["shop"], "token_ttl": ttl, "token_max_ttl": ttl}
    server.client.write(ROLE, {"certificate": clients.cert_pem.bytes().decode(), **fields})


def _session(server: VaultServer, files: Path, **fields: Any) -> Session:
    usual = {
        "auth_kind": "cert",
        "auth_mount": MOUNT,
        "role": "cert",
        "token_file": "/none",
        "client_certificate_file": str(files / "tls.crt"),
        "client_key_file": str(files / "tls.key"),
    }
    return server.session(**{**usual, **fields})


def _run(session: Session, directory: Path) -> Finished:
    """Run the program; nothing of the key is in what it says."""
    output = Output(directory=str(directory), name="db", mode="0400", format="json")
    reads = (Read(path="secret/data/shop/db"),)
    finished = run_program(Plan(sessions=(session,), reads=reads, outputs=(output,), deadline_seconds=20))
    key = Path(session.client_key_file)
    for line in key.read_bytes().splitlines() if key.is_file() else ():
        assert line not in finished.stderr
    return finished


@pytest.mark.parametrize("role", ["", "shop"])
def test_it_reads(vault_server: VaultServer, files: Path, directory: Path, role: str) -> None:
    """The certificate gives a token with the policies of a role, the named one or any that takes it."""
    finished = _run(_session(vault_server, files, certificate_role=role), directory)
    assert finished.code == 0, finished.stderr
    assert (directory / "db").read_bytes()


def test_chain(vault_server: VaultServer, clients: trustme.CA, files: Path, directory: Path) -> None:
    """Intermediate authorities are shown with the certificate."""
    issue(clients.create_child_ca(), files, "checkout.shop", common_name="checkout.shop")
    assert (files / "tls.crt").read_bytes().count(b"BEGIN CERTIFICATE") == 2
    assert _run(_session(vault_server, files), directory).code == 0


@pytest.mark.parametrize("role", ["", "none"])
def test_refused(vault_server: VaultServer, files: Path, directory: Path, role: str) -> None:
    """A certificate that no role takes is a refused login, which says where to look."""
    issue(trustme.CA(), files, "checkout.shop", common_name="checkout.shop")
    finished = _run(_session(vault_server, files, certificate_role=role), directory)
    assert (finished.code, finished.last["reason"]) == (12, "login-refused")
    assert finished.last["message"].startswith("Vault does not accept this client certificate: ")
    assert f"auth/{MOUNT}" in finished.last["hint"]


def test_beside_another_login(vault_server: VaultServer, files: Path, directory: Path) -> None:
    """With another login the certificate is shown, and is none."""
    session = vault_server.session(
        client_certificate_file=str(files / "tls.crt"), client_key_file=str(files / "tls.key")
    )
    assert _run(session, directory).code == 0


def _encrypt(files: Path) -> None:
    key = load_pem_private_key((files / "tls.key").read_bytes(), None)
    password = serialization.BestAvailableEncryption(Canary.plain().value.encode())
    encoding, shape = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (files / "tls.key").write_bytes(key.private_bytes(encoding, shape, password))


def _put_a_folder(files: Path) -> None:
    (files / "tls.key").unlink()
    (files / "tls.key").mkdir()


def _exchange(files: Path) -> None:
    certificate = (files / "tls.crt").read_bytes()
    (files / "tls.crt").write_bytes((files / "tls.key").read_bytes())
    (files / "tls.key").write_bytes(certificate)


def _take_another_key(files: Path) -> None:
    certificate = (files / "tls.crt").read_bytes()
    issue(trustme.CA(), files, "checkout.shop")
    (files / "tls.crt").write_bytes(certificate)


WRONG: dict[str, tuple[Callable[[Path], Any], str]] = {
    "no certificate": (lambda files: (files / "tls.crt").unlink(), "the certificate cannot be read from"),
    "no key": (lambda files: (files / "tls.key").unlink(), "the key cannot be read from"),
    "a folder": (_put_a_folder, "the key cannot be read from"),
    "another key": (_take_another_key, "is not that of the certificate in"),
    "exchanged": (_exchange, "are no certificate and key in PEM"),
    "no PEM": (lambda files: (files / "tls.crt").write_bytes(b"\x30\x82"), "are no certificate and key in PEM"),
    "empty": (lambda files: (files / "tls.key").write_bytes(b""), "are no certificate and key in PEM"),
    "a password": (_encrypt, "is encrypted with a password"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_files(vault_server: VaultServer, files: Path, directory: Path, what: str) -> None:
    """What is wrong with the files is told before Vault is asked, by their paths, without what is in them."""
    spoil, words = WRONG[what]
    spoil(files)
    finished = _run(_session(vault_server, files), directory)
    assert (finished.code, finished.last["reason"]) == (2, "plan-invalid")
    assert finished.last["message"].startswith("the client certificate cannot be used: ")
    assert words in finished.last["message"]
    assert str(files) in finished.last["message"]
    assert "tls-secret" in finished.last["hint"]


def test_sidecar_takes_a_renewed_one(
    vault_server: VaultServer, clients: trustme.CA, files: Path, directory: Path
) -> None:
    """A sidecar logs in again by the files of then: of another authority, which the role takes from now on."""
    _write_role(vault_server, clients, "2s")
    with sidecar(sidecar_plan(_session(vault_server, files), directory, "secret/data/shop/db")) as running:
        first = running.read()
        other = trustme.CA()
        _write_role(vault_server, other, "2s")
        running.wait_for_line("retrying; the files stay as they are", reason="login-refused")
        issue(other, files, "checkout.shop", common_name="checkout.shop")
        running.wait_for_line("Vault answers again")
        assert running.read() == first
