"""Settings of the webhook's server: listening, shutdown and logging."""

from __future__ import annotations

from dataclasses import dataclass

from webhook.config.parsers import Choice, Number, parse_text
from webhook.config.row import required, row


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Listening, shutdown and logging. With a client CA, callers of /mutate must present a certificate of it."""

    certificate_file: str = required(
        "TLS_CERTIFICATE_FILE", parse_text, "the serving certificate, with its chain", example="/tls/tls.crt"
    )
    key_file: str = required("TLS_KEY_FILE", parse_text, "its key", example="/tls/tls.key")
    client_ca_file: str = row(
        "TLS_CLIENT_CA_FILE",
        parse_text,
        "",
        "callers of `/mutate` must present a certificate of this CA: the API server's",
        chart="clientCA",
    )
    drain_seconds: int = row(
        "DRAIN_SECONDS",
        Number(0, 300),
        15,
        "how long the webhook goes on answering after SIGTERM; keep it below the Pod's grace period",
        chart="drainSeconds",
    )
    host: str = row(
        "LISTEN_HOST",
        parse_text,
        "0.0.0.0",  # noqa: S104 - a server in a Pod listens on the Pod's address
        "address to listen on; `::` if Pods have only IPv6 addresses",
        chart="listenHost",
    )
    port: int = row("LISTEN_PORT", Number(0, 65535), 8443, "the port", chart="port")
    log_level: str = row(
        "LOG_LEVEL",
        Choice(("debug", "info", "warning", "error")),
        "info",
        "`debug`, `info`, `warning` or `error`; decisions are logged at `info`",
        chart="logLevel",
    )
