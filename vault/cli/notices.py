"""Notices on standard error: Vault takes long to answer, or environment variables are ignored."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Timer

from vault.cli.terminal import warn
from vault.timelimit import NOTICE_SECONDS

_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
# those of Vault's own command that change what it does, and that no option of ours has
_NOT_HONOURED = (
    "AGENT_ADDR",
    "CACERT_BYTES",
    "DISABLE_REDIRECTS",
    "HEADERS",
    "HTTP_PROXY",
    "MFA",
    "SRV_LOOKUP",
    "WRAP_TTL",
)


def name_unused_variables(environ: Mapping[str, str], *, can_have_proxy: bool = True) -> None:
    """Print to stderr which variables of a proxy, or of Vault's own command, are ignored.

    A command that calls as a Pod does uses no proxy.
    """
    found = [name for each in _PROXIES for name in (each, each.lower()) if environ.get(name)]
    if found:
        said = "is set and is" if len(found) == 1 else "are set and are"
        instead = (
            "to use a proxy, set VAULT_PROXY_ADDR or --proxy" if can_have_proxy else "as in a Pod, no proxy is used"
        )
        warn(f"omamori: {', '.join(found)} {said} not used for Vault: {instead}")
    others = [name for each in _NOT_HONOURED for name in (f"VAULT_{each}", f"BAO_{each}") if environ.get(name)]
    if others:
        said = "is set, and omamori does" if len(others) == 1 else "are set, and omamori does"
        warn(f"omamori: {', '.join(others)} {said} not follow {'it' if len(others) == 1 else 'them'}")


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
