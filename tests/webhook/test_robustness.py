"""The webhook under what callers, clocks and operators do to it: slow, large, silent, replaced, ended."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import httpx
import pytest
import trustme

from tests.support.waiting import wait_until
from tests.support.webhook.builders import asking, review
from tests.support.webhook.servers import Serving, serving, write_certificate

GOAL_SECONDS = 5.0
SECONDS = 30.0  # for anything that a busy machine does


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """The CA of this file's servers."""
    return trustme.CA()


@pytest.fixture(scope="module")
def webhook(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[Serving]:
    """One webhook for the tests that leave it as it is."""
    with serving(tmp_path_factory.mktemp("webhook"), authority=authority) as running:
        yield running


def connected(webhook: Serving, authority: trustme.CA, source: str = "127.0.0.1") -> ssl.SSLSocket:
    """Open a connection by hand, from an address of this machine's."""
    plain = socket.create_connection(webhook.address, 10, (source, 0))
    return _trusting(authority).wrap_socket(plain, server_hostname=webhook.address[0])


@cache
def _trusting(authority: trustme.CA) -> ssl.SSLContext:
    """Trust the authority alone; the system's hundred others would take longer to be read than a handshake takes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    return context


def head(length: int) -> bytes:
    """Give the head of a request whose body has a length."""
    return f"POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode()


def status_of(connection: ssl.SSLSocket) -> int:
    """Read the status of an answer."""
    answer = b""
    while b"\r\n" not in answer:
        piece = connection.recv(4096)
        assert piece, "the connection ended without an answer"
        answer += piece
    return int(answer.split()[1])


def test_slow_body(webhook: Serving, authority: trustme.CA) -> None:
    """A body that does not come within 5 s is answered with 408, and meanwhile others are served."""
    with connected(webhook, authority) as slow:
        slow.sendall(head(100) + b"{")
        started = time.monotonic()
        while time.monotonic() - started < GOAL_SECONDS - 1:
            assert webhook.client.post("/mutate", content=review(asking())).status_code == 200
        assert status_of(slow) == 408
        assert time.monotonic() - started < 3 * GOAL_SECONDS


def test_connection_that_ends_within_the_body(webhook: Serving, authority: trustme.CA) -> None:
    """A caller that goes away within its body is noted, and nobody else notices."""
    before = webhook.metric('omamori_decisions_total{outcome="error",reason="disconnected"}')
    connection = connected(webhook, authority)
    connection.sendall(head(100) + b"{")
    connection.close()

    counted = 'omamori_decisions_total{outcome="error",reason="disconnected"}'
    wait_until(lambda: webhook.metric(counted) == before + 1, SECONDS, "it is counted")
    assert webhook.client.post("/mutate", content=review(asking())).status_code == 200


def test_large_bodies_do_not_keep_small_ones_out(webhook: Serving, authority: trustme.CA) -> None:
    """Callers that hold many megabytes open are refused at a bound, and a small request is served meanwhile."""
    connections = [connected(webhook, authority) for _ in range(24)]
    part = b" " * (2 * 2**20 + 2**19)

    def send(connection: ssl.SSLSocket) -> None:
        with suppress(OSError):  # who is refused may meet a connection that is closed already
            connection.sendall(head(3 * 2**20) + part)
            connection.recv(1)

    threads = [threading.Thread(target=send, args=(each,)) for each in connections]
    for thread in threads:
        thread.start()
    counted = 'omamori_decisions_total{outcome="error",reason="too-much-at-once"}'
    wait_until(lambda: webhook.metric(counted) > 0, SECONDS, "something was refused")
    assert webhook.client.post("/mutate", content=review(asking())).status_code == 200
    for thread in threads:
        thread.join(60)
    for connection in connections:
        connection.close()
    assert 0 < webhook.metric(counted) < 24


def test_garbage_and_plain_text(webhook: Serving, authority: trustme.CA) -> None:
    """What is no HTTP, or no TLS, ends its own connection alone."""
    with connected(webhook, authority) as connection:
        connection.sendall(b"\x00\x01\x02 nonsense\r\n\r\n")
        assert status_of(connection) == 400
    with socket.create_connection(webhook.address, 10) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert b"HTTP" not in plain.recv(4096)
    assert webhook.client.post("/mutate", content=review(asking())).status_code == 200


def test_new_certificate(tmp_path: Path, authority: trustme.CA) -> None:
    """New files are taken without ending a connection; files that cannot be used are not, and that is counted."""
    with serving(tmp_path, authority=authority) as running, connected(running, authority) as old:
        first = old.getpeercert(binary_form=True)
        write_certificate(tmp_path, authority=authority)
        wait_until(lambda: _served(running, authority) != first, SECONDS, "the new certificate is served")
        body = review(asking())
        old.sendall(head(len(body)) + body)
        assert status_of(old) == 200

        second = _served(running, authority)
        (tmp_path / "tls.key").write_text("no key")
        refused = 'omamori_certificate_reloads_total{outcome="refused"}'
        wait_until(lambda: running.metric(refused) > 0, SECONDS, "the broken key is noticed")
        assert _served(running, authority) == second
        assert running.client.get("/readyz").status_code == 200
        assert running.metric('omamori_certificate_reloads_total{outcome="taken"}') == 1


def _served(running: Serving, authority: trustme.CA) -> bytes | None:
    with connected(running, authority) as connection:
        return connection.getpeercert(binary_form=True)


def test_drain(tmp_path: Path) -> None:
    """After SIGTERM: not ready, but accepting and answering, each answer closing its connection; then the end."""
    with serving(tmp_path, {"DRAIN_SECONDS": "3"}) as running:
        assert running.client.post("/mutate", content=review(asking())).headers.get("connection") != "close"

        running.process.terminate()
        wait_until(lambda: running.client.get("/readyz").status_code == 503, SECONDS, "it is not ready any more")
        answer = running.client.post("/mutate", content=review(asking()))

        assert (answer.status_code, answer.headers["connection"]) == (200, "close")
        assert running.client.post("/mutate", content=review(asking())).status_code == 200
        assert running.process.wait(30) == 0


def test_second_signal_ends_at_once(tmp_path: Path) -> None:
    """Who asks twice does not wait for the drain."""
    with serving(tmp_path, {"DRAIN_SECONDS": "300"}) as running:
        running.process.terminate()
        wait_until(lambda: running.client.get("/readyz").status_code == 503, SECONDS, "it is not ready any more")
        running.process.terminate()
        running.process.wait(30)


def test_client_certificate(tmp_path: Path, authority: trustme.CA) -> None:
    """With a client CA, /mutate wants a certificate of it; the probes want none."""
    callers = trustme.CA()
    callers.cert_pem.write_to_path(str(tmp_path / "callers.pem"))
    variables = {"TLS_CLIENT_CA_FILE": str(tmp_path / "callers.pem")}
    with serving(tmp_path, variables, authority=authority) as running:
        assert running.client.get("/healthz").status_code == 200
        assert running.client.post("/mutate", content=review(asking())).status_code == 403

        context = ssl.create_default_context()
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        authority.configure_trust(context)
        callers.issue_cert("api-server").configure_cert(context)
        with httpx.Client(base_url=running.client.base_url, verify=context, trust_env=False) as known:
            assert known.post("/mutate", content=review(asking())).status_code == 200
