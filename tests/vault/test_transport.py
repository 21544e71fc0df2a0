"""A connection: whom it trusts, how it says that it does not, and that nothing holds it longer than it may be held."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.support.vault.proxy import running_proxy, says_bytes
from tests.support.vault.server import TlsFiles, VaultServer, issue
from vault.agent.api.http import Response
from vault.agent.api.transport import Connection, NoAnswer, trust
from vault.contract.errors import PlanInvalid
from vault.contract.origins import parse_origin


def _call(server: VaultServer, address: str = "", seconds: float = 20, **fields: Any) -> Response:
    """Ask a server for its health, with the trust that a Plan's session has by these fields."""
    plan = server.session(address=address or server.address, **fields)
    origin = parse_origin(plan.address)
    assert origin is not None
    context = trust(plan) if origin.scheme == "https" else None
    with closing(Connection(origin, context, plan.tls_server_name)) as connection:
        return connection.call("GET", "/v1/sys/health", {}, b"", connect_seconds=seconds, seconds=seconds)


def test_a_ca_is_trusted_from_the_plan_a_file_or_a_hashed_directory(
    vault_server: VaultServer, hashed_directory: Path
) -> None:
    """Each of the three ways to give a CA makes the server trusted."""
    file = str(vault_server.ca_file)

    assert _call(vault_server).status == 200
    assert _call(vault_server, ca_pem="", ca_file=file).status == 200
    assert _call(vault_server, ca_pem="", ca_directory=str(hashed_directory)).status == 200


def test_a_ca_is_trusted_alone(vault_server: VaultServer, tmp_path: Path) -> None:
    """With another CA, in any way, or with those of the image, the server is not trusted; nothing was sent."""
    other = trustme.CA().cert_pem.bytes().decode()
    (tmp_path / "other.pem").write_text(other)

    ways: list[dict[str, Any]] = [
        {"ca_pem": other},
        {"ca_pem": "", "ca_file": str(tmp_path / "other.pem")},
        {"ca_pem": "", "ca_directory": str(tmp_path)},
        {"ca_pem": ""},
    ]
    for fields in ways:
        with pytest.raises(NoAnswer, match=r"the certificate of 127.0.0.1:[0-9]+ is not trusted") as error:
            _call(vault_server, **fields)
        assert not error.value.sent
        assert "must have signed it" in error.value.hint


def test_several_cas_can_be_given(vault_server: VaultServer) -> None:
    """While a CA is changed, the old and the new one are trusted."""
    assert _call(vault_server, ca_pem=trustme.CA().cert_pem.bytes().decode() + vault_server.ca_pem).status == 200


@pytest.mark.parametrize("ca", ["x", "é", "-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----\n", " "])
def test_a_ca_that_is_none_is_a_wrong_plan(vault_server: VaultServer, tmp_path: Path, ca: str) -> None:
    """Text that is no certificate, given or in a file, or a file that is not there, is said at once."""
    (tmp_path / "ca.pem").write_text(ca)

    with pytest.raises(PlanInvalid, match="the CA of the Vault 'main' cannot be read from the Plan"):
        trust(vault_server.session(ca_pem=ca))
    with pytest.raises(PlanInvalid, match=r"cannot be read from /.*/ca\.pem"):
        trust(vault_server.session(ca_pem="", ca_file=str(tmp_path / "ca.pem")))
    with pytest.raises(PlanInvalid, match="cannot be read from /nowhere"):
        trust(vault_server.session(ca_pem="", ca_file="/nowhere"))


EXPIRED = {
    "not_before": dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
    "not_after": dt.datetime(2020, 1, 2, tzinfo=dt.UTC),
}


@pytest.mark.parametrize(
    ("names", "options", "words"),
    [
        (["127.0.0.1"], EXPIRED, "certificate has expired"),
        (["127.0.0.2"], {}, "IP address mismatch"),
        (["localhost"], {}, "IP address mismatch"),
    ],
)
def test_a_wrong_certificate_is_named(
    vault_server: VaultServer, tmp_path: Path, names: list[str], options: dict[str, Any], words: str
) -> None:
    """Expired, or for another name: the message has OpenSSL's words, the hint the name that it must have."""
    with running_proxy(issue(vault_server.authority, tmp_path, *names, **options)) as proxy:
        with pytest.raises(NoAnswer, match=words) as error:
            _call(vault_server, proxy.address)

        assert "'127.0.0.1'" in error.value.hint
        assert proxy.exchanges == []


def test_the_name_in_the_certificate_can_be_given(vault_server: VaultServer, tmp_path: Path) -> None:
    """With tls_server_name the certificate may be for that name, and for no other."""
    with running_proxy(issue(vault_server.authority, tmp_path, "vault.internal"), vault_server) as proxy:
        assert _call(vault_server, proxy.address, tls_server_name="vault.internal").status == 200
        with pytest.raises(NoAnswer, match="Hostname mismatch"):
            _call(vault_server, proxy.address, tls_server_name="other.internal")


def test_a_port_that_does_not_speak_tls_is_said(vault_server: VaultServer) -> None:
    """TLS to a plain port, and plain HTTP to a TLS port, end with words that help."""
    with _endless(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", b"") as plain:
        with pytest.raises(NoAnswer, match="no TLS with 127") as error:
            _call(vault_server, plain.replace("http:", "https:"))
        assert "does it speak TLS" in error.value.hint
    assert not error.value.sent
    with pytest.raises(NoAnswer, match="neither a length nor chunks") as error:
        _call(vault_server, vault_server.address.replace("https:", "http:"))
    assert error.value.sent


def test_trust_is_strict(vault_server: VaultServer) -> None:
    """The least is TLS 1.2, a certificate is required, and its name is checked."""
    assert trust(vault_server.session()).minimum_version == ssl.TLSVersion.TLSv1_2
    assert trust(vault_server.session()).verify_mode == ssl.CERT_REQUIRED
    assert trust(vault_server.session()).check_hostname


def test_nobody_at_the_port(vault_server: VaultServer) -> None:
    """A refused connection is no answer, and nothing was sent."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with pytest.raises(NoAnswer, match=rf"no connection to 127.0.0.1:{port}: Connection refused") as error:
        _call(vault_server, f"https://127.0.0.1:{port}")
    assert not error.value.sent


@contextmanager
def _endless(first: bytes, again: bytes) -> Iterator[str]:
    """Run a plain server whose answer never ends: `first`, then `again` as long as anybody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                line, _ = server.accept()
                with line:
                    line.sendall(first)
                    while again:
                        line.sendall(again)
                    line.recv(65536)
                    line.recv(1)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(10)
        assert not thread.is_alive()


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (b"", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{", b""),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (CHUNKED + b"0\r\n", b"X: y\r\n"),
    ],
    ids=["silence", "half an answer", "answers 100 without end", "trailers without end"],
)
def test_an_answer_has_one_limit(vault_server: VaultServer, first: bytes, again: bytes) -> None:
    """Silence, or bytes that come on and on, hold the program no longer than it was told."""
    with _endless(first, again) as address, pytest.raises(NoAnswer, match="no answer in time") as error:
        _call(vault_server, address, seconds=0.2, insecure=True)
    assert error.value.sent


def test_a_line_is_kept_open_and_made_anew(vault_server: VaultServer, loopback_tls: TlsFiles) -> None:
    """Calls share a connection until the server says that it closes; the next call then has one of its own."""
    with running_proxy(loopback_tls) as proxy:
        closing_answer = says_bytes(200, b"{}", {"Connection": "close"})
        proxy.script.extend([says_bytes(200, b"{}"), closing_answer, says_bytes(200, b"1")])
        origin = parse_origin(proxy.address)
        assert origin is not None
        with closing(Connection(origin, trust(vault_server.session()))) as connection:
            bodies = [
                connection.call("GET", "/", {}, b"", connect_seconds=5, seconds=5).body.reveal() for _ in range(3)
            ]

        assert bodies == [b"{}", b"{}", b"1"]
        assert proxy.connections == 2
