"""Run the application: uvicorn with uvloop and httptools, TLS, one process, graceful shutdown.

Facts
- The API server keeps idle connections for 90 s (Go's default transport) and does not repeat a request that meets a
  closed one, so ours stay open longer.
- On shutdown, uvicorn closes idle connections at once, which loses a request that is on its way. So it is stopped only
  after the drain time.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn

from webhook.config.settings import ServerSettings
from webhook.log import Log
from webhook.server.connection import UNFINISHED_SECONDS, Connection
from webhook.server.drain import Drain
from webhook.server.listener import Listener
from webhook.server.metrics import Metrics
from webhook.server.tls import CertificateUnusable, ServingCertificate

KEEP_ALIVE_SECONDS = 120
_RELOAD_TICKS = 20  # of uvicorn's loop, ten a second


class CannotListen(Exception):
    """The address cannot be listened on; the message says which, and why."""


class Server(uvicorn.Server):
    """Serves, reloads a changed certificate, and drains before it stops."""

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        certificate: ServingCertificate,
        metrics: Metrics,
        log: Log,
        drain: Drain,
        drain_seconds: float,
        vaults: list[str],
    ) -> None:
        """Serve nothing yet."""
        super().__init__(config)
        self._certificate = certificate
        self._metrics = metrics
        self._log = log
        self._drain = drain
        self._drain_seconds = drain_seconds
        self._vaults = vaults
        self._drain_ends = 0.0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - uvicorn's signature
        """Listen with our own listener instead of asyncio's. Raises CannotListen."""
        await self.lifespan.startup()
        config, loop = self.config, asyncio.get_running_loop()
        family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((config.host, config.port))
            listening.listen(config.backlog)
        except OSError as error:
            listening.close()
            raise CannotListen(f"{config.host}:{config.port}: {str(error.strerror).lower()}") from None

        def connection() -> Connection:
            return Connection(config, self.server_state, self.lifespan.state, loop)

        self.servers = [Listener(listening, connection, self._certificate.context)]  # type: ignore[list-item]
        self.started = True
        self._log.info("serving", host=config.host, port=config.port, vaults=self._vaults)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Drain at the first signal, end at the second one."""
        if self._drain.is_on:
            super().handle_exit(sig, frame)
            return
        self._drain.is_on = True
        self._drain_ends = time.monotonic() + self._drain_seconds
        self._log.info("draining", signal=sig, seconds=self._drain_seconds)

    async def on_tick(self, counter: int) -> bool:
        """Do periodic work, ten times a second. True: stop."""
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
    vaults: list[str],
) -> Server:
    """Build the server; `run()` serves until SIGTERM or SIGINT, and drains."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=Connection,
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
        vaults=vaults,
    )
