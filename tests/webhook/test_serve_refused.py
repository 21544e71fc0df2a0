"""What keeps `omamori serve` from serving is said in one line, and nothing says that it serves."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import trustme

from tests.support.webhook.builders import ENVIRONMENT
from tests.webhook.test_commands import run

pytestmark = pytest.mark.usefixtures("no_settings")


@pytest.fixture
def files(authority: trustme.CA, tmp_path: Path) -> dict[str, str]:
    """A certificate and its key, as settings."""
    issued = authority.issue_cert("127.0.0.1")
    chain, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(str(key))
    return {"OMAMORI_TLS_CERTIFICATE_FILE": str(chain), "OMAMORI_TLS_KEY_FILE": str(key)}


def test_a_port_of_another(files: dict[str, str]) -> None:
    """Another process has the port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        where = {"OMAMORI_LISTEN_HOST": "127.0.0.1", "OMAMORI_LISTEN_PORT": str(port)}
        ended = run("serve", **{**ENVIRONMENT, **files, **where})

    assert ended.returncode == 1
    assert f"omamori serve: cannot listen on 127.0.0.1:{port}: address already in use; " in ended.stderr
    assert '"message":"serving"' not in ended.stderr


def test_a_key_that_is_none(files: dict[str, str]) -> None:
    """A certificate in the place of the key."""
    ended = run("serve", **{**ENVIRONMENT, **files, "OMAMORI_TLS_KEY_FILE": files["OMAMORI_TLS_CERTIFICATE_FILE"]})
    assert ended.returncode == 1
    assert "cannot be used with the certificate: it has no private key" in ended.stderr
