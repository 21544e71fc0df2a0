"""A fake of the calls that the engine `rabbitmq` makes of a broker's management API: users come and go.

It is the one engine with renewable leases that needs no other server. `users` are the names that are there now.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote


@dataclass
class Broker:
    """A running fake. While `is_down` it answers 500 to all. `made` counts the users that were made."""

    address: str
    users: set[str] = field(default_factory=set)
    made: int = 0
    is_down: bool = False


@contextmanager
def running_broker() -> Iterator[Broker]:
    """Run the fake on loopback, in plain HTTP."""
    broker = Broker("")

    class Answer(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            name = unquote(self.path.rpartition("/")[2])
            if self.command == "PUT" and not broker.is_down:
                broker.users.add(name)
                broker.made += 1
            if self.command == "DELETE" and not broker.is_down:
                broker.users.discard(name)
            self.send_response(500 if broker.is_down else 204)
            self.end_headers()

        do_PUT = do_DELETE = _answer  # noqa: N815 - the names that the base class looks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        server.daemon_threads = True
        broker.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield broker
        finally:
            server.shutdown()
            thread.join(10)
