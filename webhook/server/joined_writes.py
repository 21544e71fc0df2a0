"""Join what is written to a transport within one turn of the event loop into one write.

uvicorn writes the head and the body of an answer separately. Under TLS each of them is a record of its own, encrypted,
sent and read by itself: a fifth of the processor time of an answer of usual size (docs/measurements).
"""

from __future__ import annotations

import asyncio
from typing import Any

LARGE_BYTES = 64 * 1024  # from here on, another record costs less than joining


class JoinedWrites:
    """A transport that keeps small writes until the loop's next turn, or until it is closed.

    Everything else is the transport's own; its size of what is not sent yet is without what is kept.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        """Write to this transport."""
        self._transport = transport
        self._loop = loop
        self._kept: list[bytes] = []
        self.is_closing = transport.is_closing  # asked with each request

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write soon, behind what was written before."""
        if len(data) >= LARGE_BYTES:
            self._flush()
            self._transport.write(data)
            return
        if not self._kept:
            self._loop.call_soon(self._flush)
        self._kept.append(data)

    def _flush(self) -> None:
        if self._kept:
            self._transport.write(b"".join(self._kept))
            self._kept.clear()

    def close(self) -> None:
        """Close the transport when everything is written."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Close the transport at once; what is kept is lost, as is what the transport still has."""
        self._kept.clear()
        self._transport.abort()
