"""A server in Vault's place that answers by path as a table says, for answers that a real one cannot be made to give.

A login is answered as by Vault, unless the table has `*/login`. What the table does not have is Vault's own 404.
"""

from __future__ import annotations

import fnmatch
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from vault.contract.plan import Session

LOGIN: dict[str, Any] = {
    "auth": {"client_token": "s.x", "token_type": "batch", "lease_duration": 600, "renewable": False}
}


@dataclass(frozen=True, slots=True)
class Said:
    """One answer: a status with a body, text or JSON, and more headers."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def octets(self) -> bytes:
        """The body as it is sent."""
        if isinstance(self.body, bytes | str):
            return self.body if isinstance(self.body, bytes) else self.body.encode()
        return json.dumps(self.body).encode()


Answers = Mapping[str, Said | Sequence[Said] | Callable[[], Said]]


@dataclass
class ScriptedVault:
    """A running server. `table` may be changed; of a list each answer is given once, and the last ever after."""

    address: str
    table: dict[str, Any]
    calls: Counter[str] = field(default_factory=Counter)
    order: list[str] = field(default_factory=list)
    times: dict[str, list[float]] = field(default_factory=dict)

    def answer(self, path: str) -> Said:
        """Give what is said to a path, without /v1/ and query."""
        self.order.append(path)
        self.calls[path] += 1
        self.times.setdefault(path, []).append(time.monotonic())
        for pattern, said in self.table.items():
            if fnmatch.fnmatchcase(path, pattern):
                if callable(said):
                    made: Said = said()
                    return made
                if isinstance(said, Said):
                    return said
                chosen: Said = said[0] if len(said) == 1 else said.pop(0)
                return chosen
        if path.endswith("/login"):
            return Said(body=LOGIN)
        return Said(204) if path == "auth/token/revoke-self" else Said(404, {"errors": []})

    def session(self, folder: Path, **fields: Any) -> Session:
        """Give a Plan's session for it."""
        token = folder / "jwt"
        token.write_text("a.b.c")
        usual = {"vault": "main", "address": self.address, "role": "r", "token_file": str(token), "insecure": True}
        return Session(**{**usual, **fields})


@contextmanager
def scripted_vault(answers: Answers) -> Iterator[ScriptedVault]:
    """Run one on loopback, in plain HTTP."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body together
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            said = vault.answer(self.path.removeprefix("/v1/").partition("?")[0])
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            if said.status != 204:
                self.send_header("Content-Length", str(len(said.octets)))
            self.end_headers()
            self.wfile.write(said.octets)

        do_POST = do_PUT = do_GET  # noqa: N815 - the library's names

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    table = {path: list(said) if isinstance(said, Sequence) else said for path, said in answers.items()}
    vault = ScriptedVault(f"http://127.0.0.1:{server.server_port}", table)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield vault
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def kv2(values: Mapping[str, Any], version: int = 1) -> Said:
    """Answer as for a KV version 2 secret."""
    return Said(body={"data": {"data": dict(values), "metadata": _version(version)}})


def kv2_metadata(version: int = 1) -> Said:
    """Answer as for its metadata."""
    return Said(body={"data": {"current_version": version, "versions": {str(version): _version(version)}}})


def _version(version: int) -> dict[str, Any]:
    return {
        "version": version,
        "created_time": f"2026-01-0{version}T00:00:00Z",
        "deletion_time": "",
        "destroyed": False,
    }
