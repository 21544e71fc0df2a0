"""An HTTP proxy that connects through (CONNECT), on loopback, as companies have it between their clusters and Vault."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass(slots=True)
class ConnectProxy:
    """`asked` is what was asked for, in its order: the target, and the login or ""; `says` replaces its answer."""

    address: str
    says: bytes | None = None
    login: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def connect_proxy(login: str = "", says: bytes | None = None) -> Iterator[ConnectProxy]:
    """Run one. With `login` ("user:password") it connects only for that."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        proxy = ConnectProxy(f"http://127.0.0.1:{listening.getsockname()[1]}", says, login)
        threading.Thread(target=_accept, args=(listening, proxy), daemon=True).start()
        yield proxy
        listening.shutdown(socket.SHUT_RDWR)


def _accept(listening: socket.socket, proxy: ConnectProxy) -> None:
    with suppress(OSError):
        while True:
            client, _ = listening.accept()
            threading.Thread(target=_serve, args=(client, proxy), daemon=True).start()


def _serve(client: socket.socket, proxy: ConnectProxy) -> None:
    with client, suppress(OSError):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            piece = client.recv(1)
            if not piece:
                return
            head += piece
        first, *lines = head.decode().splitlines()
        method, target, version = first.split()
        assert (method, version) == ("CONNECT", "HTTP/1.1")
        headers = dict(line.lower().split(": ", 1) for line in head.decode().splitlines()[1:] if line)
        sent = next((line.partition("Basic ")[2] for line in lines if line.startswith("Proxy-Authorization:")), "")
        given = base64.b64decode(sent).decode()
        proxy.asked.append((target, given))
        assert headers["host"] == target
        if proxy.says is not None:
            client.sendall(proxy.says)
            client.recv(1)
        elif given != proxy.login:
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        else:
            host, _, port = target.rpartition(":")
            with socket.create_connection((host.strip("[]"), int(port)), timeout=10) as upstream:
                client.sendall(b"HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n")
                there = threading.Thread(target=_pass_on, args=(client, upstream), daemon=True)
                there.start()
                _pass_on(upstream, client)
                there.join(10)


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while piece := one.recv(65536):
            other.sendall(piece)
    with suppress(OSError):
        other.shutdown(socket.SHUT_WR)
