"""What is said on standard error of the way to Vault: that it takes long, and which variables are not used."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Timer

from vault.cli.terminal import warn
from vault.timelimit import NOTICE_SECONDS

_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")


def name_unused_variables(environ: Mapping[str, str], *, can_have_proxy: bool = True) -> None:
    """Tell of proxies that are set and not used, in one line on stderr. A command that calls as a Pod does has none."""
    found = [name for each in _PROXIES for name in (each, each.lower()) if environ.get(name)]
    if found:
        said = "is set and is" if len(found) == 1 else "are set and are"
        instead = (
            "to use a proxy, set VAULT_PROXY_ADDR or --proxy" if can_have_proxy else "as in a Pod, no proxy is used"
        )
        warn(f"omamori: {', '.join(found)} {said} not used for Vault: {instead}")


def say_waiting() -> None:
    """Say on a terminal that Vault takes long."""
    if sys.stderr.isatty():
        warn("waiting for Vault")


@contextmanager
def telling_of_waits(seconds: float = NOTICE_SECONDS) -> Iterator[None]:
    """Say on a terminal that Vault takes long, if what is done in the block does."""
    timer = Timer(seconds, say_waiting)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
