"""What a direct caller may hold: heads, trailers, unread answers, requests at once, connections, handshakes."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import trustme

from tests.support.waiting import wait_until
from tests.support.webhook.builders import asking, pod, review
from tests.support.webhook.servers import Serving, serving
from tests.webhook.test_robustness import connected, head, status_of
from webhook.server.connection import MAX_CONNECTIONS, MAX_HEADERS
from webhook.server.listener import MAX_HANDSHAKES

SECONDS = 30.0
START = b"POST /mutate HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """The CA of this file's servers."""
    return trustme.CA()


@pytest.fixture(scope="module")
def webhook(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[Serving]:
    """One webhook for all of them: none does it lasting harm."""
    with serving(tmp_path_factory.mktemp("webhook"), authority=authority) as running:
        yield running


def resident_mebibytes(webhook: Serving, field: str = "VmHWM") -> int:
    """The most memory that the process had resident, or what it has now (VmRSS)."""
    lines = Path(f"/proc/{webhook.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(f"{field}:"))


def serves(webhook: Serving) -> bool:
    """Whether a Pod is decided on."""
    return webhook.client.post("/mutate", content=review(asking())).status_code == 200


ENDLESS = {
    "header lines": (START, b"a: b\r\n"),
    "one header": (START + b"a: ", b"b" * 4096),
    "one header's name": (START, b"b" * 4096),
    "the path": (b"POST /", b"b" * 4096),
    "the method": (b"", b"P" * 4096),
    "trailers": (START + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", b"a: b\r\n"),
    "a chunk's extension": (START + b"Transfer-Encoding: chunked\r\n\r\n2;", b"x" * 4096),
    "empty lines": (b"", b"\r\n"),
}


@pytest.mark.parametrize("part", ENDLESS)
def test_endless(part: str, webhook: Serving, authority: trustme.CA) -> None:
    """Whatever of a request does not end, the connection does, and no memory is taken for it."""
    before = resident_mebibytes(webhook)
    start, piece = ENDLESS[part]
    block = piece * (1 + 65536 // len(piece))
    with connected(webhook, authority) as connection:
        connection.settimeout(SECONDS)
        with suppress(OSError):
            connection.sendall(start)
            for _ in range(1024):  # 64 MiB
                connection.sendall(block)
        with suppress(ConnectionError, ssl.SSLError):
            while connection.recv(65536):  # 431, where it is still read
                pass
    assert resident_mebibytes(webhook) < before + 8
    assert serves(webhook)


def test_number_of_headers(webhook: Serving, authority: trustme.CA) -> None:
    """As many header lines as a proxy may add are taken, and one more than the bound is refused with 431."""
    body = review(asking())
    for more, status in ((MAX_HEADERS - 2, 200), (MAX_HEADERS - 1, 431)):
        lines = b"".join(b"a%d: b\r\n" % number for number in range(more))
        with connected(webhook, authority) as connection:
            connection.sendall(START + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            assert status_of(connection) == status


def test_requests_at_once(webhook: Serving, authority: trustme.CA) -> None:
    """One after another is served; a second one before the answer to the first ends the connection."""
    body = review(asking())
    with connected(webhook, authority) as connection:
        for _ in range(3):
            connection.sendall(head(len(body)) + body)
            assert status_of(connection) == 200
            drained(connection)
    before = resident_mebibytes(webhook)
    with connected(webhook, authority) as connection, suppress(OSError):
        for _ in range(64):
            connection.sendall((head(len(body)) + body) * 200)
    wait_until(lambda: serves(webhook), SECONDS, "others are served")
    assert resident_mebibytes(webhook) < before + 16


def drained(connection: ssl.SSLSocket) -> None:
    """Read what is there of an answer's body."""
    connection.settimeout(0.2)
    with suppress(TimeoutError):
        while connection.recv(65536):
            pass
    connection.settimeout(10)


def test_unread_answers(webhook: Serving, authority: trustme.CA) -> None:
    """Answers that nobody reads are dropped, at once above a bound and all of them after a time."""
    large = review(pod({"file.omamori.dev/a": "pki/issue/x#c data.a=" + "a" * 240_000}))
    before = resident_mebibytes(webhook, "VmRSS")
    with ExitStack() as stack:
        for _ in range(60):
            connection = stack.enter_context(connected(webhook, authority))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            with suppress(OSError):
                connection.sendall(head(len(large)) + large)
        wait_until(lambda: serves(webhook), SECONDS, "others are served")
        assert resident_mebibytes(webhook, "VmRSS") < before + 64
    assert serves(webhook)


def test_nothing_stays_of_a_closed_connection(webhook: Serving, authority: trustme.CA) -> None:
    """Callers that are killed close without a word of TLS, or reset: what was theirs is free at once."""
    large = review(pod({"file.omamori.dev/a": "pki/issue/x#c data.a=" + "a" * 240_000}))
    small = review(asking())
    for _ in range(20):
        _ask_and_vanish(webhook, authority, large, reset=False)
    before = resident_mebibytes(webhook, "VmRSS")
    for number in range(150):
        _ask_and_vanish(webhook, authority, large if number % 2 else small, reset=number % 3 == 0)
    assert resident_mebibytes(webhook, "VmRSS") < before + 16


def _ask_and_vanish(webhook: Serving, authority: trustme.CA, body: bytes, *, reset: bool) -> None:
    with connected(webhook, authority) as connection:
        connection.sendall(head(len(body)) + body)
        assert status_of(connection) == 200
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        socket.close(connection.detach())  # without TLS's own end


def test_idle_connections_are_light(webhook: Serving, authority: trustme.CA) -> None:
    """After a large review or a large answer the connection is closed, since TLS keeps buffers of that size."""
    large = review(pod({"file.omamori.dev/a": 'pki/issue/x#c data.a="' + "$" * 200_000 + '"'}))
    with ExitStack() as stack:
        for _ in range(60):
            connection = stack.enter_context(connected(webhook, authority))
            connection.sendall(head(len(large)) + large)
            assert status_of(connection) == 200
            with suppress(ConnectionError, ssl.SSLError):
                while connection.recv(1 << 20):
                    pass
        assert resident_mebibytes(webhook, "VmRSS") < 160
    body = review(asking())
    with connected(webhook, authority) as connection:
        for _ in range(3):  # a small one keeps its connection
            connection.sendall(head(len(body)) + body)
            assert status_of(connection) == 200
            drained(connection)


def descriptors(webhook: Serving) -> int:
    """Count what the process has open."""
    return len(list(Path(f"/proc/{webhook.process.pid}/fd").iterdir()))


def test_connections(webhook: Serving, authority: trustme.CA) -> None:
    """Where all are taken by callers that never ask, a new one is served, and one that asks keeps its own."""
    with ExitStack() as stack:
        known = stack.enter_context(connected(webhook, authority))
        body = review(asking())
        known.sendall(head(len(body)) + body)
        assert status_of(known) == 200
        drained(known)
        one = descriptors(webhook)
        for _ in range(MAX_CONNECTIONS + 20):
            stack.enter_context(connected(webhook, authority))
        wait_until(lambda: descriptors(webhook) < one + MAX_CONNECTIONS, 10, "the oldest ones are closed")
        with connected(webhook, authority) as new:
            new.sendall(head(len(body)) + body)
            assert status_of(new) == 200
        known.sendall(head(len(body)) + body)
        assert status_of(known) == 200
        assert resident_mebibytes(webhook, "VmRSS") < 128


def test_one_address_does_not_keep_others_out(webhook: Serving, authority: trustme.CA) -> None:
    """Slow requests and silent connections by the hundred, from one address or the caller's own."""
    body = review(asking())
    for source in ("127.0.0.2", "127.0.0.1"):
        with ExitStack() as stack:
            for number in range(MAX_CONNECTIONS + 30 if source == "127.0.0.1" else 60):
                slow = stack.enter_context(connected(webhook, authority, source))
                if number % 2:
                    slow.sendall(head(1000) + b"{")
            for _ in range(5):
                with connected(webhook, authority) as new:
                    new.sendall(head(len(body)) + body)
                    assert status_of(new) == 200
            for _ in range(2 * MAX_HANDSHAKES):
                silent = socket.create_connection(webhook.address, 10, (source, 0))
                stack.enter_context(silent)
            for _ in range(5):
                with connected(webhook, authority) as new:
                    new.sendall(head(len(body)) + body)
                    assert status_of(new) == 200
    assert serves(webhook)
    assert descriptors(webhook) < MAX_CONNECTIONS + MAX_HANDSHAKES + 60


def test_handshakes_that_do_not_end(webhook: Serving) -> None:
    """Connections without a handshake are closed after a time, and nobody who has a connection notices."""
    assert serves(webhook)
    with ExitStack() as stack:
        silent = [stack.enter_context(socket.create_connection(webhook.address, 10)) for _ in range(200)]
        assert serves(webhook)
        for each in silent:
            each.settimeout(SECONDS)
            with suppress(ConnectionResetError):
                assert each.recv(1) == b""
    assert serves(webhook)
