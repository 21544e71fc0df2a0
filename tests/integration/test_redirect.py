"""A redirection to another host, from a server that is trusted: neither the token nor a request goes there."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import trustme

from tests.support.cluster.place import DB
from tests.support.vault.proxy import says_bytes
from tests.support.vault.running import AGAIN, plan_of, running, succeeded
from tests.support.vault.server import DATABASE, TlsFiles, issue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.vault.proxy import Proxy
    from tests.support.vault.server import VaultServer

pytestmark = pytest.mark.real


@dataclass
class Stranger:
    """A server that keeps what it gets: `handshakes` that it completed, `received` after them, and how many came."""

    address: str
    connections: int = 0
    handshakes: int = 0
    received: bytes = b""
    errors: list[str] = field(default_factory=list)


@contextmanager
def stranger(tls: TlsFiles | None) -> Iterator[Stranger]:
    """Run one on loopback; without `tls` in plain HTTP. It answers nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        kept = Stranger(f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}")
        context = tls.server_context() if tls else None

        def serve() -> None:
            with suppress(OSError):
                while True:
                    plain, _ = listener.accept()
                    kept.connections += 1
                    plain.settimeout(10)
                    try:
                        with plain if context is None else context.wrap_socket(plain, server_side=True) as line:
                            kept.handshakes += 1
                            while piece := line.recv(65536):
                                kept.received += piece
                    except ssl.SSLError as error:
                        kept.errors.append(error.reason or "")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield kept
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


@pytest.fixture(params=["https", "http"])
def elsewhere(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stranger]:
    """Another host: with a certificate that another authority signed, or without TLS."""
    tls = issue(trustme.CA(), tmp_path_factory.mktemp("stranger"), "127.0.0.1") if request.param == "https" else None
    with stranger(tls) as running_stranger:
        yield running_stranger


def test_nothing_follows(
    server: VaultServer, proxy: Proxy, elsewhere: Stranger, directory: Path, tmp_path: Path
) -> None:
    """Login and read are redirected there and not sent; the next tries start at the configured address and succeed."""
    redirection = says_bytes(307, b"", {"Location": f"{elsewhere.address}/v1/{DB}"})
    proxy.script.extend([redirection, redirection])
    session = server.session(address=proxy.address, role="shop.service")
    with running(plan_of(session, directory, DB), tmp_path / "log") as program:
        program.wait_for_tries(2)
        proxy.script.append(redirection)
        succeeded(program, directory, {"0": DATABASE})
        tries = program.lines(AGAIN)
    assert len(tries) == 3
    assert elsewhere.received == b""
    if elsewhere.address.startswith("https:"):
        assert elsewhere.connections == 3
        assert all("is not trusted" in line["cause"] for line in tries)
        assert elsewhere.errors == ["TLSV1_ALERT_UNKNOWN_CA"] * 3
    else:
        assert elsewhere.connections == 0
        assert [line["status"] for line in tries] == [307] * 3
    assert "auth/token/revoke-self" in proxy.paths


def test_the_stranger_would_have_seen_it(server: VaultServer, tmp_path: Path) -> None:
    """The same server keeps a request and its token where the client trusts it."""
    with stranger(issue(server.authority, tmp_path, "127.0.0.1")) as kept:
        context = ssl.create_default_context(cafile=str(server.ca_file))
        port = int(kept.address.rpartition(":")[2])
        with (
            socket.create_connection(("127.0.0.1", port)) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as line,
        ):
            line.sendall(b"X-Vault-Token: planted")
    assert kept.received == b"X-Vault-Token: planted"
