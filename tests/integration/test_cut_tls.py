"""The connection is cut at each byte that Vault's side sends, those of the TLS handshake too: a login is repeated."""

from __future__ import annotations

import select
import socket
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.support.vault.clock import Clock, Log
from vault.agent.api.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.vault.server import VaultServer

pytestmark = [pytest.mark.real, pytest.mark.long, pytest.mark.timeout(300)]

# the signatures in a handshake differ in length by a few bytes
UNSTEADY_BYTES = 16


@dataclass
class Line:
    """A line to Vault. The next connection ends after `limit` bytes of Vault's; `passed` are those of the last one."""

    address: str
    limit: int | None = None
    passed: int = 0
    connections: int = 0


@contextmanager
def line_to(server: VaultServer) -> Iterator[Line]:
    """Run one on loopback: it hands bytes on and knows nothing of TLS."""
    host, _, port = server.address.removeprefix("https://").rpartition(":")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        line = Line(f"https://127.0.0.1:{listener.getsockname()[1]}")

        def serve() -> None:
            with suppress(OSError):
                while True:
                    near, _ = listener.accept()
                    line.connections += 1
                    limit, line.limit = line.limit, None
                    with near, socket.create_connection((host, int(port))) as far, suppress(OSError):
                        _relay(line, near, far, limit)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield line
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def _relay(line: Line, near: socket.socket, far: socket.socket, limit: int | None) -> None:
    """Hand on, until one side ends or the limit is reached."""
    for each in (near, far):
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line.passed = 0
    while limit is None or line.passed < limit:
        readable, _, _ = select.select([near, far], [], [], 10)
        if near in readable:
            asked = near.recv(65536)
            if not asked:
                return
            far.sendall(asked)
        if far in readable:
            piece = far.recv(65536 if limit is None else limit - line.passed)
            if not piece:
                return
            near.sendall(piece)
            line.passed += len(piece)


def test_each_byte_of_a_login(server: VaultServer, show: Callable[[str], None]) -> None:
    """Wherever the line is cut, the next try logs in; what was cut off is said in one line of the log."""
    with line_to(server) as line:
        plan = server.session(address=line.address)

        def login(log: Log) -> None:
            session = Session(plan, Clock().deadline(60), log)
            session.login()
            session.end(has_leases=False)

        login(Log())
        total, started = line.passed, time.monotonic()
        assert total > 1500
        causes: set[str] = set()
        for limit in range(total - UNSTEADY_BYTES):
            log = Log()
            line.limit, line.connections = limit, 0
            login(log)
            assert (line.connections, len(log.lines)) == (2, 1), limit
            causes.add(log.lines[0]["cause"].partition(" with ")[0].partition(":")[0])
    # an end of the line without an end of TLS is to Python an end as any other: the length of the answer tells;
    # where the line still held bytes of ours, the system says that it was reset
    always = {"no TLS", "the connection ended before or within the head of the answer"}
    assert always <= causes <= always | {"the connection failed"}
    show(f"login cut at each of {total} bytes of TLS: {time.monotonic() - started:.1f} s")
