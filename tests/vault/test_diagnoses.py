"""Why a Vault does not answer: a row for each reason, each with a server that gives it."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from tests.support.vault.server import TlsFiles, VaultServer, issue
from vault.client import VaultClient
from vault.contract.errors import Failure, PathRefused, VaultUnreachable
from vault.timelimit import TimeLimitReached, within

CLASS_NAME = re.compile(
    r"\b\w*(Error|Exception|Refused|Reached|Schema|Disconnected|Timeout)\b|\burllib3\b|\brequests\b"
)


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Accept on loopback until the block ends, and let each connection be served; gives the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    taken: list[socket.socket] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                taken.append(connection)
                with suppress(OSError):
                    serve(connection)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for each in taken:
            each.close()
        thread.join(10)


def failure_at(address: str, ca_file: Path | None = None, seconds: float = 10) -> Failure:
    """Give what a read at an address raises; it names the address, says what to do, and no class of a library."""
    with pytest.raises(Failure) as raised:
        VaultClient(address, "a-token", ca_file, timeout_seconds=seconds).read("secret/data/a")
    failure = raised.value
    assert address in failure.message
    assert failure.hint
    assert not CLASS_NAME.search(f"{failure.message} {failure.hint}"), failure.message
    assert "a-token" not in str(failure.fields())
    return failure


@contextmanager
def tls_server(tls: TlsFiles, more: Callable[[ssl.SSLContext], None] = lambda _: None) -> Iterator[str]:
    """A server that shakes hands and says nothing more."""
    context = tls.server_context()
    more(context)

    def shake(connection: socket.socket) -> None:
        context.wrap_socket(connection, server_side=True).recv(1)

    with listening(shake) as port:
        yield f"https://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("names", "options", "says"),
    [
        (("127.0.0.1",), {"not_after": datetime.now(UTC) - timedelta(days=1)}, "a certificate that has expired"),
        (("127.0.0.1",), {"not_before": datetime.now(UTC) + timedelta(days=1)}, "a certificate that is not valid yet"),
        (("vault.example.org",), {}, "not for the host of this address"),
        (("127.0.0.2",), {}, "not for the host of this address"),
    ],
)
def test_a_certificate_of_the_right_ca(
    vault_server: VaultServer,
    authority: trustme.CA,
    tmp_path: Path,
    names: tuple[str, ...],
    options: dict[str, datetime],
    says: str,
) -> None:
    """Expired, of tomorrow, for another name: not a word of the CA, which is right."""
    with tls_server(issue(authority, tmp_path, *names, **options)) as address:
        failure = failure_at(address, vault_server.ca_file)
    assert says in failure.message
    assert "CA" not in failure.message + failure.hint


def test_a_certificate_of_another_ca(vault_server: VaultServer, tmp_path: Path) -> None:
    """The way out names both ways to give the CA, and those that are not taken."""
    with tls_server(issue(trustme.CA(), tmp_path, "127.0.0.1")) as address:
        failure = failure_at(address, vault_server.ca_file)
    assert "a CA that is not trusted" in failure.message
    assert "--vault-ca-file or VAULT_CACERT" in failure.hint


def test_https_to_a_plain_port_and_http_to_a_tls_port(vault_server: VaultServer, tmp_path: Path) -> None:
    """Each says which of the two to write; Vault itself answers plain HTTP on its TLS port in plain text."""

    def plain(connection: socket.socket) -> None:
        connection.recv(1024)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    with listening(plain) as port:
        assert "does not speak TLS" in failure_at(f"https://127.0.0.1:{port}").message
    failure = failure_at(vault_server.address.replace("https://", "http://"))
    assert "speaks TLS" in failure.message
    assert "https://" in failure.hint
    with tls_server(issue(trustme.CA(), tmp_path, "127.0.0.1")) as address:
        assert "https://" in failure_at(address.replace("https://", "http://")).hint


def test_nobody_there() -> None:
    """A port that is closed, and a name that is none."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert "the connection is refused" in failure_at(f"https://127.0.0.1:{port}").message
    assert "there is no such host" in failure_at("https://vault.invalid:8200").message


def test_one_that_asks_for_a_client_certificate(vault_server: VaultServer, loopback_tls: TlsFiles) -> None:
    """A listener with tls_require_and_verify_client_cert: the alert may be lost when the line is cut behind it."""

    def demand(context: ssl.SSLContext) -> None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(str(vault_server.ca_file))

    with tls_server(loopback_tls, demand) as address:
        failure = failure_at(address, vault_server.ca_file)
    assert "client certificate" in failure.message + failure.hint


HANGING: dict[str, Callable[[socket.socket, threading.Event], None]] = {
    "says nothing": lambda _line, stop: _wait(stop),
    "drips its head": lambda line, stop: _drip(line, stop, b"HTTP/1.1 200 OK\r\nX: "),
    "drips its body": lambda line, stop: _drip(line, stop, b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"),
}


def _wait(stop: threading.Event) -> None:
    stop.wait(30)


def _drip(line: socket.socket, stop: threading.Event, head: bytes) -> None:
    line.sendall(head)
    while not stop.wait(0.01):
        line.sendall(b"x")


@pytest.mark.parametrize("how", HANGING)
def test_a_vault_that_hangs(how: str) -> None:
    """It has one end, whatever it sends meanwhile; that it is waited for is told once."""
    stop = threading.Event()
    told: list[None] = []
    with listening(lambda line: HANGING[how](line, stop)) as port:
        address = f"http://127.0.0.1:{port}"
        client = VaultClient(
            address, "t", retries=4, timeout_seconds=0.3, notice=lambda: told.append(None), notice_seconds=0.05
        )
        with pytest.raises(VaultUnreachable, match="it timed out") as raised:
            client.read("secret/data/a")
        stop.set()
    assert told == [None]
    assert "--timeout or VAULT_CLIENT_TIMEOUT" in raised.value.hint


def test_one_that_hangs_up_or_is_something_else() -> None:
    """An end without an answer, and words that are not HTTP."""

    def other(connection: socket.socket) -> None:
        connection.recv(1024)
        connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n")
        connection.close()

    with listening(lambda connection: connection.close()) as port:
        assert "closes the connection" in failure_at(f"https://127.0.0.1:{port}").message
    with listening(other) as port:
        assert "does not speak HTTP" in failure_at(f"http://127.0.0.1:{port}").message


@pytest.mark.parametrize(
    ("contents", "says"), [(None, "No such file"), ("", "no certificate"), ("-----BEGIN X-----\n", "no certificate")]
)
def test_a_ca_file_that_is_none(tmp_path: Path, contents: str | None, says: str) -> None:
    """It is read before anything is sent."""
    file = tmp_path / "ca.pem"
    if contents is not None:
        file.write_text(contents)
    with pytest.raises(VaultUnreachable, match=says) as raised:
        VaultClient("https://127.0.0.1:1", "t", file)
    assert str(file) in raised.value.message
    with pytest.raises(VaultUnreachable, match="directory"):
        VaultClient("https://127.0.0.1:1", "t", tmp_path)


def test_a_call_of_its_own_errors() -> None:
    """A time limit raises what the call raises, also where that is a time limit of its own."""

    def late() -> None:
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        within(5, late)
    with pytest.raises(TimeLimitReached):
        within(0.01, lambda: threading.Event().wait(1))
    with pytest.raises(PathRefused):
        VaultClient("https://127.0.0.1:1", "t").read("a/../b")
