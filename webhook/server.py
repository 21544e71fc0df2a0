"""Rule: how the application is served: uvicorn with uvloop and httptools, TLS, one process, and how it ends.

Facts
- The API server keeps idle connections for 90 s (Go's default transport) and does not repeat a request that meets a
  closed one, so ours stay open longer.
- uvicorn alone, when told to stop, closes idle connections at once: a request on its way is then lost. So it is told to
  stop only when the time to drain is over.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from webhook.drain import Drain
from webhook.log import Log
from webhook.metrics import Metrics
from webhook.settings import ServerSettings
from webhook.tls import CertificateUnusable, ServingCertificate

KEEP_ALIVE_SECONDS = 120
REQUEST_SECONDS = 5.0
UNFINISHED_SECONDS = 5
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_RELOAD_TICKS = 20  # of uvicorn's loop, ten a second


class Protocol(HttpToolsProtocol):
    """uvicorn's, with three things more: a caller's certificate, and an end to slow requests and silent connections."""

    _request_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        super().connection_made(transport)
        encryption = transport.get_extra_info("ssl_object")
        shown = encryption is not None and bool(encryption.getpeercert())
        self.app_state = {**self.app_state, "has_client_certificate": shown}
        # uvicorn arms this timer after a first answer; a connection that never asks would stay for ever
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def on_message_begin(self) -> None:
        """The first bytes of a request: from now on it has five seconds."""
        super().on_message_begin()
        self._request_timer = self.loop.call_later(REQUEST_SECONDS, self._end_slow_request)

    def on_message_complete(self) -> None:
        """The last bytes of a request."""
        self._cancel_request_timer()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection."""
        self._cancel_request_timer()
        super().connection_lost(exc)

    def _cancel_request_timer(self) -> None:
        if self._request_timer is not None:
            self._request_timer.cancel()
            self._request_timer = None

    def _end_slow_request(self) -> None:
        self.scope["state"]["is_too_slow"] = True
        if not self.transport.is_closing():
            self.transport.write(_TOO_SLOW)
            self.transport.close()


class Server(uvicorn.Server):
    """Serves, takes a new certificate when its files change, and drains before it ends."""

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        certificate: ServingCertificate,
        metrics: Metrics,
        log: Log,
        drain: Drain,
        drain_seconds: float,
    ) -> None:
        """Serve nothing yet."""
        super().__init__(config)
        self._certificate = certificate
        self._metrics = metrics
        self._log = log
        self._drain = drain
        self._drain_seconds = drain_seconds
        self._drain_ends = 0.0

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Drain at the first signal, end at the second one."""
        if self._drain.is_on:
            super().handle_exit(sig, frame)
            return
        self._drain.is_on = True
        self._drain_ends = time.monotonic() + self._drain_seconds
        self._log.info("draining", signal=sig, seconds=self._drain_seconds)

    async def on_tick(self, counter: int) -> bool:
        """Do what is due, ten times a second. True: end."""
        if self._drain.is_on and time.monotonic() >= self._drain_ends:
            self.should_exit = True
        if counter % _RELOAD_TICKS == 0:
            self._reload()
        return await super().on_tick(counter)

    def _reload(self) -> None:
        try:
            if self._certificate.reload():
                self._metrics.count_reload("taken")
                self._log.info("new certificate", not_after=self._certificate.current.not_after.isoformat())
        except CertificateUnusable as error:
            self._metrics.count_reload("refused")
            self._log.warning("the certificate's files cannot be used", problem=str(error))


def build_server(
    app: Callable[..., Any],
    settings: ServerSettings,
    *,
    certificate: ServingCertificate,
    metrics: Metrics,
    log: Log,
    drain: Drain,
) -> Server:
    """Build the server; `run()` serves until SIGTERM or SIGINT, and drains."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=Protocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=UNFINISHED_SECONDS,
        backlog=2048,
        ssl_context_factory=lambda _config, _default: certificate.context,
    )
    return Server(
        config,
        certificate=certificate,
        metrics=metrics,
        log=log,
        drain=drain,
        drain_seconds=settings.drain_seconds,
    )
