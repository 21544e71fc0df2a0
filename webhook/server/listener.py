"""Accept connections, do the TLS handshake, and drop connections if there are too many.

The numbers of connections and of running handshakes are bounded. When one more comes, the address with the most loses
its longest-waiting one. So a caller that opens a thousand loses its own, and an API server, which has a few, keeps
them. asyncio's own server does not expose a connection, or its address, before the handshake is over.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

HANDSHAKE_SECONDS = 5.0
CLOSING_SECONDS = 5.0  # so long a last answer may be read, and what a refused caller goes on sending is dropped
SEND_BUFFER_BYTES = 64 * 1024  # in the kernel, which doubles it, and else takes megabytes of what nobody reads
MAX_HANDSHAKES = 128
_AT_ONCE = 64  # accepted before others of the event loop have their turn

Held = TypeVar("Held", bound=Hashable)


def from_the_greediest(held: Iterable[Held], address_of: Callable[[Held], str]) -> list[Held]:
    """Return what the address that holds most of them holds, in the given order; nothing where nothing is held."""
    everything = list(held)
    counts = Counter(map(address_of, everything))
    if not counts:
        return []
    greediest = max(counts, key=lambda address: counts[address])
    return [each for each in everything if address_of(each) == greediest]


class Listener:
    """Accepts connections of one listening socket, and closes with it."""

    def __init__(
        self, listening: socket.socket, factory: Callable[[], asyncio.Protocol], context: ssl.SSLContext
    ) -> None:
        """Begin to accept, on the running event loop. `factory` makes the protocol of each connection."""
        self.sockets = [listening]
        self._factory = factory
        self._context = context
        self._loop = asyncio.get_running_loop()
        self._handshakes: dict[asyncio.Task[None], str] = {}
        listening.setblocking(False)
        self._loop.add_reader(listening.fileno(), self._accept)

    def close(self) -> None:
        """Accept no more, and end the handshakes that are under way."""
        for listening in self.sockets:
            self._loop.remove_reader(listening.fileno())
            listening.close()
        self.sockets = []
        for task in self._handshakes:
            task.cancel()

    async def wait_closed(self) -> None:
        """Wait until the handshakes have ended."""
        await asyncio.gather(*self._handshakes, return_exceptions=True)

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            if not self.sockets:
                return
            try:
                accepted, address = self.sockets[0].accept()
            except BlockingIOError:
                return
            except OSError:  # it went away again, or there is no descriptor left: then somebody has to go
                self._drop_one()
                return
            if len(self._handshakes) >= MAX_HANDSHAKES:
                self._drop_one()
            task = self._loop.create_task(self._shake_hands(accepted))
            self._handshakes[task] = str(address[0])
            task.add_done_callback(self._handshakes.pop)

    def _drop_one(self) -> None:
        for task in from_the_greediest(self._handshakes, self._handshakes.__getitem__)[:1]:
            task.cancel()

    async def _shake_hands(self, accepted: socket.socket) -> None:
        accepted.setblocking(False)
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        try:
            await self._loop.connect_accepted_socket(
                self._factory,
                accepted,
                ssl=self._context,
                ssl_handshake_timeout=HANDSHAKE_SECONDS,
                ssl_shutdown_timeout=CLOSING_SECONDS,
            )
        except (OSError, asyncio.CancelledError):  # no TLS, not in time, or dropped; ssl's errors are OSErrors
            with contextlib.suppress(OSError):
                accepted.close()
