"""`omamori serve`: read the settings, load the certificate, serve until told to stop."""

from __future__ import annotations

import argparse
import os
import sys

from webhook import log
from webhook.app import build_app
from webhook.errors import SettingsInvalid
from webhook.server import build_server
from webhook.settings import from_environ
from webhook.tls import read_certificate

_USAGE = 2


def configure(_parser: argparse.ArgumentParser) -> None:
    """No options: everything comes from the environment, as in the Pod."""


def run(_arguments: argparse.Namespace) -> int:
    """Serve. Exit code 2: the settings are wrong, each mistake on a line; 1: the port cannot be had."""
    try:
        settings, server_settings = from_environ(os.environ)
        certificate = read_certificate(server_settings.certificate_file, server_settings.key_file)
    except SettingsInvalid as error:
        for mistake in error.mistakes:
            print(f"omamori serve: {mistake}", file=sys.stderr)
        return _USAGE
    log.configure(server_settings.log_level)
    app = build_app(settings, certificate)
    server = build_server(app, server_settings, certificate)
    log.info("serving", {"host": server_settings.host, "port": server_settings.port, "vaults": list(settings.vaults)})
    server.run()
    return 0 if server.started else 1
