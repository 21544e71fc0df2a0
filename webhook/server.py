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
from webhook.log import LOGGER, info
from webhook.metrics import Metrics
from webhook.settings import ServerSettings
from webhook.tls import CertificateUnusable, ServingCertificate

KEEP_ALIVE_SECONDS = 120
UNFINISHED_SECONDS = 5
_RELOAD_TICKS = 20  # of uvicorn's loop, ten a second


class Protocol(HttpToolsProtocol):
    """uvicorn's, with two things more: whether the caller showed a certificate, and an end to silent connections."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        super().connection_made(transport)
        encryption = transport.get_extra_info("ssl_object")
        shown = encryption is not None and bool(encryption.getpeercert())
        self.app_state = {**self.app_state, "has_client_certificate": shown}
        # uvicorn arms this timer after a first answer; a connection that never asks would stay for ever
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)


class Server(uvicorn.Server):
    """Serves, takes a new certificate when its files change, and drains before it ends."""

    def __init__(
        self, config: uvicorn.Config, certificate: ServingCertificate, metrics: Metrics, drain: Drain, seconds: float
    ) -> None:
        """`seconds`: how long to drain."""
        super().__init__(config)
        self._certificate = certificate
        self._metrics = metrics
        self._drain = drain
        self._drain_seconds = seconds
        self._drain_ends = 0.0

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Drain at the first signal, end at the second one."""
        if self._drain.is_on:
            super().handle_exit(sig, frame)
            return
        self._drain.is_on = True
        self._drain_ends = time.monotonic() + self._drain_seconds
        info("draining", {"signal": sig, "seconds": self._drain_seconds})

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
                info("new certificate", {"not_after": self._certificate.current.not_after.isoformat()})
        except CertificateUnusable as error:
            self._metrics.count_reload("refused")
            LOGGER.warning("the certificate's files cannot be used", extra={"fields": {"problem": str(error)}})


def build_server(
    app: Callable[..., Any],
    settings: ServerSettings,
    certificate: ServingCertificate,
    metrics: Metrics,
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
    return Server(config, certificate, metrics, drain, settings.drain_seconds)
