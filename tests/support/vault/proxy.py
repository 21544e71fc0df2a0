"""A server that answers as its script says, then hands on to the real Vault; it keeps every exchange.

It stands for what a real server cannot be made to do when asked: 307, 412, 429, 5xx, connections that are cut.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tests.support.vault.server import TlsFiles, VaultServer


@dataclass(frozen=True, slots=True)
class Scripted:
    """One answer. `answer` None is the real one; of less than `part` 1.0 the rest is never sent: the line is cut.

    `bytes_sent`, if given, says where exactly, of the answer that is then at hand: the real one has another length each
    time. `farewell`: TLS is ended in order before the line is.
    """

    answer: bytes | None = None
    part: float = 1.0
    bytes_sent: int | Callable[[bytes], int] | None = None
    farewell: bool = False

    def cut(self, whole: bytes) -> bytes | None:
        """Give what is sent of an answer before the line is cut; None: all of it, and it is not cut."""
        if self.bytes_sent is not None:
            return whole[: self.bytes_sent if isinstance(self.bytes_sent, int) else self.bytes_sent(whole)]
        return whole[: int(len(whole) * self.part)] if self.part < 1 else None


CUT = Scripted(b"", part=0.0)
CUT_AFTER_VAULT_DID_IT = Scripted(None, part=0.0)
HALF = Scripted(None, part=0.5)


def says(status: int, errors: list[str] | None = None, headers: Mapping[str, str] | None = None) -> Scripted:
    """Answer as Vault does."""
    typed = {"Content-Type": "application/json", **(headers or {})}
    return says_bytes(status, json.dumps({"errors": errors or []}).encode(), typed)


def says_bytes(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Scripted:
    """Answer with any body."""
    lines = [f"HTTP/1.1 {status} Scripted", *(f"{name}: {value}" for name, value in (headers or {}).items())]
    return Scripted("\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was asked, and what the real Vault answered; None where it was not asked."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    answer: bytes | None

    def answered(self) -> dict[str, Any]:
        """Give the real Vault's answer."""
        assert self.answer is not None
        document: dict[str, Any] = json.loads(self.answer.partition(b"\r\n\r\n")[2])
        return document


@dataclass
class Proxy:
    """A running proxy. `script` is used up, an answer a request, of those whose path contains `only`.

    `before` is called with each path, before anything is done about it. `instead` may answer a request, by its path and
    body; None: the script does, or the real Vault.
    """

    address: str
    script: deque[Scripted] = field(default_factory=deque)
    only: str = ""
    before: Callable[[str], None] = lambda _path: None
    instead: Callable[[str, bytes], Scripted | None] = lambda _path, _body: None
    hang_ups: int = 0
    connections: int = 0
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        """What was asked, in order, without /v1/."""
        return [each.path.removeprefix("/v1/") for each in self.exchanges]


@contextmanager
def running_proxy(tls: TlsFiles | None, upstream: VaultServer | None = None) -> Iterator[Proxy]:
    """Run a proxy on loopback; without `tls` in plain HTTP, without `upstream` for the script alone."""
    listener = socket.create_server(("127.0.0.1", 0))
    scheme = "http" if tls is None else "https"
    proxy = Proxy(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")
    context = None if tls is None else tls.server_context()
    open_sockets: set[socket.socket] = set()
    threads: list[threading.Thread] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                plain, _ = listener.accept()
                if proxy.hang_ups > 0:
                    proxy.hang_ups -= 1
                    plain.close()
                    continue
                # else an answer waits 40 ms for the acknowledgement of the TLS tickets before it
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                proxy.connections += 1
                open_sockets.add(plain)
                threads.append(threading.Thread(target=_serve, args=(proxy, plain, context, upstream), daemon=True))
                threads[-1].start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield proxy
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join(10)
        for each in open_sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in threads:
            thread.join(10)


def _serve(proxy: Proxy, plain: socket.socket, context: ssl.SSLContext | None, upstream: VaultServer | None) -> None:
    with suppress(OSError):
        # the socket stays known to the proxy, which ends it: hence a copy for TLS
        line = plain if context is None else context.wrap_socket(plain.dup(), server_side=True)
        with line, line.makefile("rb") as reader:
            while head := _read_head(reader.readline):
                first, headers = head
                method, path, _ = first.split(" ")
                body = reader.read(int(headers.get("content-length", "0")))
                proxy.before(path)
                scripted = proxy.instead(path, body) or (
                    proxy.script.popleft() if proxy.script and proxy.only in path else Scripted()
                )
                answer = None
                if scripted.answer is None:
                    assert upstream is not None
                    answer = _ask(upstream, method, path, headers, body)
                proxy.exchanges.append(Exchange(method, path, headers, body, answer))
                sent = answer if scripted.answer is None else scripted.answer
                assert sent is not None
                cut = scripted.cut(sent)
                line.sendall(sent if cut is None else cut)
                if cut is not None:
                    if scripted.farewell and isinstance(line, ssl.SSLSocket):
                        line.settimeout(0)
                        with suppress(OSError):  # the other side's own farewell is not waited for
                            line.unwrap()
                    plain.shutdown(socket.SHUT_RDWR)
                    return


def _read_head(readline: Any) -> tuple[str, dict[str, str]] | None:
    first = readline().decode("latin-1").rstrip("\r\n")
    if not first:
        return None
    headers = {}
    while line := readline().decode("latin-1").rstrip("\r\n"):
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return first, headers


def _ask(upstream: VaultServer, method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Ask the real Vault on a line of its own, and give its answer as it came."""
    host, _, port = upstream.address.removeprefix("https://").rpartition(":")
    context = ssl.create_default_context(cafile=str(upstream.ca_file))
    sent = {**headers, "connection": "close"}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items()), "", ""]
    with (
        socket.create_connection((host, int(port)), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname=host) as line,
        line.makefile("rb") as reader,
    ):
        line.sendall("\r\n".join(lines).encode("latin-1") + body)
        # the proxy keeps its own line open
        return reader.read().replace(b"Connection: close\r\n", b"", 1)
