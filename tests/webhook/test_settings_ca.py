"""Settings: the CA of a Vault, however its file is written."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from tests.support.webhook.builders import ENVIRONMENT, mistakes
from webhook.config.settings import (
    from_environ,
)

CERTIFICATE = trustme.CA().cert_pem.bytes()
BUNDLES = {
    "as it is": (CERTIFICATE, 1),
    "a comment that is not ASCII": ("# F\u0151tan\u00fas\u00edtv\u00e1ny\n".encode() + CERTIFICATE, 1),
    "a comment in latin-1": (b"# caf\xe9\n" + CERTIFICATE, 1),
    "a byte order mark": (b"\xef\xbb\xbf" + CERTIFICATE, 1),
    "line ends of DOS": (CERTIFICATE.replace(b"\n", b"\r\n"), 1),
    "indented": (b"".join(b"  " + line + b"\n" for line in CERTIFICATE.splitlines()), 1),
    "two, glued": (CERTIFICATE.strip() + trustme.CA().cert_pem.bytes(), 2),
}


@pytest.mark.parametrize("name", BUNDLES)
def test_ca_bundles(name: str, tmp_path: Path) -> None:
    """Whatever stands around certificates, they alone come into the Plan, in a form that OpenSSL reads."""
    contents, count = BUNDLES[name]
    (tmp_path / "ca.pem").write_bytes(contents)
    settings, _ = from_environ({**ENVIRONMENT, "OMAMORI_VAULT_MAIN_CA_FILE": str(tmp_path / "ca.pem")})

    pem = settings.vaults["main"].ca_pem
    assert pem.isascii()
    assert pem.count("-----BEGIN CERTIFICATE-----") == pem.count("-----BEGIN") == count
    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)


@pytest.mark.parametrize(
    ("contents", "says"),
    [
        (CERTIFICATE + trustme.CA().private_key_pem.bytes(), "holds a private key"),
        (CERTIFICATE + CERTIFICATE.replace(b"MII", b"MIJ"), "block 2"),
        (CERTIFICATE.replace(b"-----END CERTIFICATE-----", b""), "does not end"),
        (b"no PEM at all", "no certificate"),
        (b"", "no certificate"),
        (b"".join(trustme.CA().cert_pem.bytes() for _ in range(30)), "16384 bytes"),
    ],
    ids=["a private key", "damaged", "cut off", "no PEM", "empty", "too large"],
)
def test_ca_bundles_that_no_pod_could_use(contents: bytes, says: str, tmp_path: Path) -> None:
    """They are told at start, and nothing of their contents is shown."""
    (tmp_path / "ca.pem").write_bytes(contents)
    (mistake,) = mistakes(VAULT_MAIN_CA_FILE=str(tmp_path / "ca.pem"))
    assert says in mistake
    assert not any(line.decode() in mistake for line in contents.splitlines() if len(line) > 40)
