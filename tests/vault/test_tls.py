"""TLS by C code alone, beside the standard library's ssl, for which it stands."""

from __future__ import annotations

import _socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from socket import create_server, socket

import pytest
import trustme

from vault.agent.api import tls
from vault.agent.api.transport import _PlainSocket

ATTRIBUTES = (
    "check_hostname",
    "maximum_version",
    "options",
    "post_handshake_auth",
    "protocol",
    "security_level",
    "verify_mode",
)
Server = Callable[[ssl.SSLSocket], None]


def test_the_context_is_that_of_ssl() -> None:
    """It differs from a client's context of ssl by what is set in it, and by nothing else."""
    ours, theirs = tls.client_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    assert [getattr(ours, each) for each in ATTRIBUTES] == [getattr(theirs, each) for each in ATTRIBUTES]
    assert ours.get_ciphers() == theirs.get_ciphers()
    assert ours.minimum_version == ssl.TLSVersion.TLSv1_2
    assert ours.verify_flags == theirs.verify_flags | ssl.VERIFY_X509_PARTIAL_CHAIN
    assert ours.get_ca_certs() == []
    assert (tls.SSLError, tls.SSLCertVerificationError) == (ssl.SSLError, ssl.SSLCertVerificationError)


@contextmanager
def served(serve: Server, authority: trustme.CA, certificate: trustme.LeafCert | None = None) -> Iterator[_PlainSocket]:
    """Give a socket that is connected to a server; errors of the server's handshake are the client's to see."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    (certificate or authority.issue_cert("vault.example")).configure_cert(context)

    def run() -> None:
        accepted, _ = listening.accept()
        with suppress(OSError), context.wrap_socket(accepted, server_side=True) as connection:
            serve(connection)

    with create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=run)
        thread.start()
        with closing(_PlainSocket(_socket.AF_INET, _socket.SOCK_STREAM)) as plain:
            plain.settimeout(20)
            plain.connect(listening.getsockname())
            yield plain
        thread.join(20)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def _trusting(authority: trustme.CA) -> tls.Context:
    context = tls.client_context()
    context.load_verify_locations(cadata=authority.cert_pem.bytes().decode())
    return context


def _echo(connection: ssl.SSLSocket) -> None:
    while data := connection.recv(65536):
        connection.sendall(data)


@pytest.mark.parametrize("size", [1, 16_384, 3_000_000])
def test_all_is_sent_and_received(authority: trustme.CA, size: int) -> None:
    """Also what is more than one record, and more than the system's buffers."""
    data = bytes(index % 251 for index in range(size))
    with served(_echo, authority) as plain:
        connection = tls.TlsSocket(plain, _trusting(authority), "vault.example")
        sender = threading.Thread(target=connection.sendall, args=(data,))
        if size < 100_000:
            connection.sendall(data)
        else:
            sender.start()
        received = b""
        while len(received) < size:
            received += connection.recv(65536)
        if sender.ident:
            sender.join(20)
    assert received == data


@pytest.mark.parametrize("says_goodbye", [True, False])
def test_the_end_is_no_error(authority: trustme.CA, *, says_goodbye: bool) -> None:
    """As ssl's own sockets have it: how much was to come is HTTP's to know."""

    def leave(connection: ssl.SSLSocket) -> None:
        connection.recv(1)
        if says_goodbye:
            connection.unwrap()
        connection.close()

    with served(leave, authority) as plain:
        connection = tls.TlsSocket(plain, _trusting(authority), "vault.example")
        connection.sendall(b"x")
        assert connection.recv(10) == b""


@pytest.mark.parametrize(
    ("name", "is_taken"),
    [
        ("vault.example", True),
        ("VAULT.EXAMPLE", True),
        ("vault.example.", False),
        ("vault.other", False),
        ("*.example", False),
        ("127.0.0.1", False),
        ("::1", False),
        ("vault.example:8200", False),
        ("xn--vult-loa.example", False),
    ],
)
def test_the_name_is_verified_as_by_ssl(authority: trustme.CA, name: str, *, is_taken: bool) -> None:
    """The same names are taken and refused as by ssl; one that is not ASCII never comes so far."""
    verdicts = []
    for wrap in (_by_ssl, _by_us):
        with served(_echo, authority) as plain:
            try:
                wrap(plain, authority, name)
            except (ssl.SSLError, ValueError):
                verdicts.append(False)
            else:
                verdicts.append(True)
    assert verdicts == [is_taken, is_taken]


def test_a_name_outside_ascii_is_refused(authority: trustme.CA) -> None:
    with served(_echo, authority) as plain, pytest.raises(ValueError, match="ascii"):
        tls.TlsSocket(plain, _trusting(authority), "vault\u3002example")


def test_the_subject_is_no_name(authority: trustme.CA) -> None:
    """A certificate without alternative names is refused, as by Go, though ssl would take its common name."""
    named = authority.issue_cert(common_name="vault.example")
    with served(_echo, authority, named) as plain, pytest.raises(ssl.SSLCertVerificationError):
        tls.TlsSocket(plain, _trusting(authority), "vault.example")
    with served(_echo, authority, named) as plain:
        _by_ssl(plain, authority, "vault.example")


def test_nothing_is_read_or_sent_once_it_is_closed(authority: trustme.CA) -> None:
    """The system may have given the number of its descriptor to another file."""
    with served(_echo, authority) as plain:
        connection = tls.TlsSocket(plain, _trusting(authority), "vault.example")
        connection.close()
        with pytest.raises(AttributeError):
            connection.recv(1)
        with pytest.raises(AttributeError):
            connection.sendall(b"x")


def _by_us(plain: _PlainSocket, authority: trustme.CA, name: str) -> None:
    tls.TlsSocket(plain, _trusting(authority), name)


def _by_ssl(plain: _PlainSocket, authority: trustme.CA, name: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    with socket(fileno=plain.detach()) as own:
        own.settimeout(20)
        context.wrap_socket(own, server_hostname=name).close()


def test_no_name_no_connection(authority: trustme.CA) -> None:
    with served(_echo, authority) as plain, pytest.raises(ValueError, match="server_hostname"):
        tls.TlsSocket(plain, _trusting(authority), "")


def test_nobody_is_trusted_by_default(authority: trustme.CA) -> None:
    with served(_echo, authority) as plain, pytest.raises(ssl.SSLCertVerificationError):
        tls.TlsSocket(plain, tls.client_context(), "vault.example")


def test_the_timeout_of_the_socket_holds(authority: trustme.CA) -> None:
    with served(_echo, authority) as plain:
        connection = tls.TlsSocket(plain, _trusting(authority), "vault.example")
        connection.settimeout(0.05)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.settimeout(0)
        with pytest.raises(tls.SSLWantReadError):
            connection.recv(1)
        connection.settimeout(20)
        connection.sendall(b"x")
