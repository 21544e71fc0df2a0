"""Rule: how the application is served: uvicorn with uvloop and httptools, TLS, one process.

Fact: the API server keeps idle connections for 90 s (Go's default transport) and does not always repeat a request that
meets a closed one, so ours stay open longer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import uvicorn

from webhook.settings import ServerSettings
from webhook.tls import Certificate

KEEP_ALIVE_SECONDS = 120


def build_server(app: Callable[..., Any], settings: ServerSettings, certificate: Certificate) -> uvicorn.Server:
    """Build the server; `run()` serves until SIGTERM or SIGINT."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        interface="asgi3",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        ssl_context_factory=lambda _config, _default: certificate.context,
    )
    return uvicorn.Server(config)
