"""No answer of one call is another's: what came before a question was sent is answer to nothing."""

from __future__ import annotations

import signal
import socket
import threading
import time
from contextlib import closing

import pytest

from tests.support.vault.proxy import Proxy, Scripted, running_proxy, says_bytes
from tests.support.vault.server import TlsFiles, VaultServer
from tests.support.waiting import wait_until
from vault.agent.api.resolve import look_up
from vault.agent.api.transport import Connection, NoAnswer, trust
from vault.contract.origins import Origin, parse_origin

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"


def _connection(server: VaultServer, proxy: Proxy) -> Connection:
    origin = parse_origin(proxy.address)
    assert origin is not None
    return Connection(origin, trust(server.session()) if origin.scheme == "https" else None)


def _call(connection: Connection, seconds: float = 5) -> bytes:
    return connection.call("GET", "/", {}, b"", connect_seconds=seconds, seconds=seconds).body.reveal()


@pytest.mark.parametrize("with_tls", [True, False])
@pytest.mark.parametrize("more", [ANSWER + b"x", ANSWER, b"H", b"\r\n"])
def test_bytes_behind_an_answer_are_no_answer(
    vault_server: VaultServer, loopback_tls: TlsFiles, more: bytes, with_tls: bool
) -> None:
    """A proxy that is out of step by one: the next call has a connection, and an answer, of its own."""
    with running_proxy(loopback_tls if with_tls else None) as proxy:
        proxy.script.extend([Scripted(ANSWER + b"1" + more), says_bytes(200, b"2"), says_bytes(200, b"3")])
        with closing(_connection(vault_server, proxy)) as connection:
            assert [_call(connection) for _ in range(3)] == [b"1", b"2", b"3"]
        assert proxy.connections == 2


@pytest.mark.parametrize("with_tls", [True, False])
def test_a_line_that_has_ended_meanwhile_costs_no_call(
    vault_server: VaultServer, loopback_tls: TlsFiles, with_tls: bool
) -> None:
    """The end of an idle connection is seen before anything is sent, so that nothing is lost on it."""
    with running_proxy(loopback_tls if with_tls else None) as proxy:
        whole = ANSWER + b"1"
        proxy.script.extend([Scripted(whole, bytes_sent=len(whole)), says_bytes(200, b"2")])
        with closing(_connection(vault_server, proxy)) as connection:
            assert _call(connection) == b"1"
            wait_until(connection._has_strayed, 5, "the end is there")
            assert _call(connection) == b"2"
        assert [each.path for each in proxy.exchanges] == ["/", "/"]


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_the_end_is_one_for_connecting_and_answering(vault_server: VaultServer, scheme: str) -> None:
    """A server that takes the connection and says nothing holds a call no longer than its seconds, TLS or not."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        origin = parse_origin(f"{scheme}://127.0.0.1:{silent.getsockname()[1]}")
        assert origin is not None
        context = trust(vault_server.session()) if scheme == "https" else None
        began = time.monotonic()
        with closing(Connection(origin, context)) as connection, pytest.raises(NoAnswer):
            _call(connection, 0.3)
        assert 0.25 < time.monotonic() - began < 0.6


def test_a_name_is_looked_up() -> None:
    """What the system's resolver says, or its error."""
    found = look_up(Origin(scheme="https", host="localhost", port=1), time.monotonic() + 5)
    assert any(address[0] in {"127.0.0.1", "::1"} for *_, address in found)

    with pytest.raises(OSError, match=r".") as error:
        look_up(Origin(scheme="https", host="no.such.host.invalid", port=1), time.monotonic() + 20)
    assert error.value.strerror


def test_without_a_known_address_nothing_is_looked_up() -> None:
    """The last word before the end goes to the address that is known, or to nobody."""
    with closing(Connection(Origin(scheme="http", host="localhost", port=1), None)) as connection:
        with pytest.raises(NoAnswer, match="its address is not known") as error:
            connection.call("POST", "/", {}, b"", connect_seconds=5, seconds=5, resolves=False)
        assert not error.value.sent


class _Interrupted(BaseException):
    """What the handler of a signal raises in the middle of a call."""


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nol"], ids=["nothing", "half"])
def test_a_call_that_a_signal_interrupts_leaves_its_connection(begun: bytes) -> None:
    """The last word, a token's revocation, is said on a line of its own, and its answer is not the old one's."""

    def interrupt(*_: object) -> None:
        raise _Interrupted

    with socket.create_server(("127.0.0.1", 0)) as listening:
        accepted: list[socket.socket] = []

        def serve() -> None:
            for answer in (begun, b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew"):
                accepted.append(listening.accept()[0])
                accepted[-1].recv(65536)
                accepted[-1].sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        origin = parse_origin(f"http://127.0.0.1:{listening.getsockname()[1]}")
        assert origin is not None
        with closing(Connection(origin, None)) as connection:
            before = signal.signal(signal.SIGALRM, interrupt)
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            try:
                with pytest.raises(_Interrupted):
                    _call(connection)
            finally:
                signal.signal(signal.SIGALRM, before)
            assert _call(connection) == b"new"
        thread.join(20)
        for each in accepted:
            each.close()
