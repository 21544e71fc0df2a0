"""`omamori serve`: read the settings, load the certificate, serve until told to stop."""

from __future__ import annotations

import gc
import os
import sys

from vault.cli.exit_codes import FAILED, OK
from vault.cli.terminal import complain
from webhook.config.environ import SettingsInvalid
from webhook.config.settings import from_environ
from webhook.log import Log, take_foreign_lines
from webhook.server.app import build_app
from webhook.server.drain import Drain
from webhook.server.memory import give_large_blocks_back
from webhook.server.metrics import Metrics
from webhook.server.server import CannotListen, build_server
from webhook.server.tls import CertificateUnusable, ServingCertificate


def run() -> int:
    """Run the server. Exit code 1: the settings are wrong (one line per mistake), or the port is in use."""
    try:
        settings, server_settings = from_environ(os.environ)
        certificate = ServingCertificate(
            server_settings.certificate_file, server_settings.key_file, server_settings.client_ca_file
        )
    except (SettingsInvalid, CertificateUnusable) as error:
        complain(*str(error).splitlines())
        return FAILED
    give_large_blocks_back()
    log = Log(sys.stderr.buffer, server_settings.log_level)
    take_foreign_lines(log)
    metrics, drain = Metrics(certificate), Drain()
    app = build_app(settings, certificate, metrics, log, drain, client_required=bool(server_settings.client_ca_file))
    server = build_server(
        app,
        server_settings,
        certificate=certificate,
        metrics=metrics,
        log=log,
        drain=drain,
        vaults=list(settings.vaults),
    )
    gc.collect()
    gc.freeze()  # what is loaded by now stays; looking through it again and again costs a tenth of each request
    try:
        server.run()
    except CannotListen as error:
        complain(f"cannot listen on {error}; OMAMORI_LISTEN_HOST and OMAMORI_LISTEN_PORT say where")
        return FAILED
    return OK if server.started else FAILED
