"""One connection of the server, with bounds on the memory and time that an unauthenticated caller can use.

Anybody who reaches the port may send anything. A head, its lines and the trailers of a body are bounded in bytes and
number; a request must arrive within five seconds, and an answer must be read within five; there is one request at a
time; and if all connections are in use, the address with the most loses one. httptools and uvicorn bound none of this.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from webhook.server.joined_writes import JoinedWrites
from webhook.server.listener import from_the_greediest

REQUEST_SECONDS = 5.0
ANSWER_SECONDS = 5.0
UNFINISHED_SECONDS = 5
MAX_HEAD_BYTES = 64 * 1024
MAX_HEADERS = 100
MAX_CONNECTIONS = 256
# total size of connections that are closing after a large review or answer: TLS keeps buffers of that size
MAX_CLOSING_BYTES = 16 * 1024 * 1024
_READ_BUFFER_BYTES = 256 * 1024  # uvloop's, for each TLS connection, as far as it was used

_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_HEAD_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class _HeadTooLarge(Exception):
    """Stops parsing: httptools aborts the connection on our exception."""


class _OneAtATime(Exception):
    """Stops parsing: a second request came before the answer to the first."""


class Connection(HttpToolsProtocol):
    """uvicorn's connection with bounds; it also knows whether the caller has presented a certificate."""

    _request_timer: asyncio.TimerHandle | None = None
    _answer_timer: asyncio.TimerHandle | None = None
    _unframed_bytes = 0  # received since the parser last made something of it
    _head_bytes = 0  # of the lines so far, trailers too
    _head_is_too_large = False
    _has_asked = False
    _waits_since = 0.0
    _unread_since = 0.0  # when the first answer was given after everything had been sent; 0: none was

    # those that are being closed, from the oldest to the newest, with what they hold; all share one event loop
    _closing: ClassVar[dict[Connection, int]] = {}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        super().connection_made(JoinedWrites(transport, self.loop))  # type: ignore[arg-type]
        self._waits_since = time.monotonic()
        encryption = transport.get_extra_info("ssl_object")
        shown = encryption is not None and bool(encryption.getpeercert())
        self.app_state = {**self.app_state, "has_client_certificate": shown}
        # uvicorn arms this timer after a first answer; a connection that never asks would stay for ever
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
        if len(self.connections) > MAX_CONNECTIONS:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        self._unframed_bytes += len(data)
        super().data_received(data)
        if self._unframed_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self._refuse_head()

    def on_message_begin(self) -> None:
        """The first bytes of a request: from now on it has five seconds."""
        if self._is_answering():
            raise _OneAtATime
        super().on_message_begin()
        self._head_bytes = 0
        self._has_asked = True
        if not self.transport.get_write_buffer_size():
            self._unread_since = 0.0
        self._waits_since = time.monotonic()
        self._request_timer = self.loop.call_later(REQUEST_SECONDS, self._end_slow_request)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A line of the head, or of the trailers behind a body."""
        self._head_bytes += len(name) + len(value) + len(b": \r\n")
        if len(self.headers) == MAX_HEADERS or self._head_bytes + len(self.url) > MAX_HEAD_BYTES:
            self._head_is_too_large = True
            raise _HeadTooLarge
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The end of the head."""
        self._unframed_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._unframed_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The last bytes of a request."""
        self._unframed_bytes = 0
        self._stop_request_timer()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request."""
        if self._head_is_too_large:
            self._refuse_head()
        else:
            super().send_400_response(msg)

    def on_response_complete(self) -> None:
        """An answer is given to the transport; what the caller has not read in five seconds is dropped."""
        super().on_response_complete()
        held_bytes = self.scope["state"].get("held_bytes", 0)
        if held_bytes:
            self._close_soon(held_bytes + _READ_BUFFER_BYTES)
        self._unread_since = self._unread_since or time.monotonic()
        self._start_answer_timer(ANSWER_SECONDS)

    def pause_writing(self) -> None:
        """More than 64 KiB are waiting to be read by the caller."""
        super().pause_writing()
        self._start_answer_timer(ANSWER_SECONDS)

    def resume_writing(self) -> None:
        """The caller reads."""
        self._stop_answer_timer()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection."""
        self._closing.pop(self, None)
        self._stop_request_timer()
        self._stop_answer_timer()
        super().connection_lost(exc)
        # uvicorn leaves this timer where a connection ends with an error, as without TLS's own end; it would keep the
        # connection, TLS buffers and all, until it is due
        self._unset_keepalive_if_required()

    def _is_answering(self) -> bool:
        cycle: Any = self.cycle  # None before the first request, whatever its annotation says
        return cycle is not None and not cycle.response_complete

    def _stop_request_timer(self) -> None:
        if self._request_timer is not None:
            self._request_timer.cancel()
            self._request_timer = None

    def _start_answer_timer(self, seconds: float) -> None:
        if self._answer_timer is None:
            self._answer_timer = self.loop.call_later(seconds, self._end_unread_answer)

    def _stop_answer_timer(self) -> None:
        if self._answer_timer is not None:
            self._answer_timer.cancel()
            self._answer_timer = None

    def _close_soon(self, held_bytes: int) -> None:
        """The answer is on its way, and the connection ends behind it; where too much waits for that, the oldest go."""
        self._closing[self] = held_bytes
        while sum(self._closing.values()) > MAX_CLOSING_BYTES and len(self._closing) > 1:
            oldest = from_the_greediest(self._closing, lambda each: each.client[0] if each.client else "")[0]
            del self._closing[oldest]
            oldest.transport.abort()

    def _refuse_head(self) -> None:
        self.transport.write(_HEAD_TOO_LARGE)
        self.transport.close()

    def _end_slow_request(self) -> None:
        self.scope["state"]["is_too_slow"] = True
        if not self.transport.is_closing():
            self.transport.write(_TOO_SLOW)
            self.transport.close()

    def _end_unread_answer(self) -> None:
        """Drop a connection whose caller reads nothing; the timer may be that of an answer before, which was read."""
        self._answer_timer = None
        if not self.transport.get_write_buffer_size():
            self._unread_since = 0.0
            return
        left = self._unread_since + ANSWER_SECONDS - time.monotonic()
        if left > 0:
            self._start_answer_timer(left)
        else:
            self.transport.abort()

    def _make_room(self) -> None:
        """Close another connection of the address that holds most: the one that keeps us waiting for longest.

        Those that have had their answer, and wait for their next request, come last: so an API server keeps its own.
        """
        connections: Any = self.connections
        greedy = from_the_greediest(connections, lambda each: each.client[0] if each.client else "")
        others = [each for each in greedy if each is not self]
        if others:
            slowest = min(others, key=lambda each: (each._has_asked and not each._is_answering(), each._waits_since))  # noqa: SLF001
            slowest.transport.abort()
        else:
            self.transport.abort()
