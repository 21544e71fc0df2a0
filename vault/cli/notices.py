"""Notices on standard error: Vault takes long to answer, or environment variables are ignored."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Timer

from vault.cli.terminal import warn
from vault.timelimit import NOTICE_SECONDS

_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")


def name_unused_variables(environ: Mapping[str, str], *, can_have_proxy: bool = True) -> None:
    """Print a line to stderr about ignored proxy variables. A command that calls as a Pod does uses no proxy."""
    found = [name for each in _PROXIES for name in (each, each.lower()) if environ.get(name)]
    if found:
        said = "is set and is" if len(found) == 1 else "are set and are"
        instead = (
            "to use a proxy, set VAULT_PROXY_ADDR or --proxy" if can_have_proxy else "as in a Pod, no proxy is used"
        )
        warn(f"omamori: {', '.join(found)} {said} not used for Vault: {instead}")


def say_waiting() -> None:
    """Print on a terminal that the command waits for Vault."""
    if sys.stderr.isatty():
        warn("waiting for Vault")


@contextmanager
def telling_of_waits(seconds: float = NOTICE_SECONDS) -> Iterator[None]:
    """Print on a terminal that the command waits for Vault, if the block takes long."""
    timer = Timer(seconds, say_waiting)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
