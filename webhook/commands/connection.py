"""Rule: how the commands that ask Vault are told which one: the flags, and the variables of Vault's own command.

The token goes there alone: variables that would send it elsewhere in other programs are named, and not used.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

from vault.addresses import address_problem, proxy_problem
from vault.client import CALL_SECONDS, VaultClient
from vault.diagnoses import file_words
from vault.timelimit import NOTICE_SECONDS
from webhook.commands.calls import CallWrong
from webhook.commands.terminal import warn

_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?|(?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:ms|s|m|h)){1,4}", re.ASCII)
_PART = re.compile(r"([0-9.]+)(ms|s|m|h)")
_MOST_SECONDS = 86400.0


def add_vault_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags that `connect` reads."""
    environ = os.environ
    parser.add_argument("--vault-address", default=environ.get("VAULT_ADDR"), help="https://HOST:PORT (VAULT_ADDR)")
    parser.add_argument("--vault-ca-file", type=Path, default=environ.get("VAULT_CACERT") or None, help="VAULT_CACERT")
    parser.add_argument("--vault-namespace", default=environ.get("VAULT_NAMESPACE", ""), help="VAULT_NAMESPACE")
    parser.add_argument(
        "--vault-token-file", type=Path, help="a file with the token; without it VAULT_TOKEN, or ~/.vault-token"
    )
    parser.add_argument(
        "--proxy",
        metavar="URL",
        default=environ.get("VAULT_PROXY_ADDR"),
        help="the proxy through which Vault is called (VAULT_PROXY_ADDR); HTTPS_PROXY and its like are not used",
    )
    add_timeout_argument(parser)


def add_timeout_argument(parser: argparse.ArgumentParser) -> None:
    """Add `--timeout`."""
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        default=os.environ.get("VAULT_CLIENT_TIMEOUT"),
        help=f"how long one call may take, such as 10, 30s or 2m (VAULT_CLIENT_TIMEOUT; {CALL_SECONDS:.0f})",
    )


def connect(arguments: argparse.Namespace, *, retries: int = 0) -> VaultClient:
    """Give a client. Raises CallWrong where the call does not say which Vault, or with which token, and Failure."""
    address, proxy = arguments.vault_address, arguments.proxy or ""
    if not address:
        raise CallWrong("which Vault? give --vault-address or VAULT_ADDR")
    check_address("VAULT_ADDR or --vault-address", address)
    if proxy and (problem := proxy_problem(proxy)):
        raise CallWrong(f"VAULT_PROXY_ADDR or --proxy {problem}")
    seconds = timeout_of(arguments)
    token = _token(arguments.vault_token_file, os.environ)
    name_unused_variables(os.environ)
    return VaultClient(
        address,
        token,
        arguments.vault_ca_file,
        arguments.vault_namespace,
        retries=retries,
        proxy=proxy,
        timeout_seconds=seconds,
        notice=say_waiting,
    )


def check_address(what: str, address: str) -> None:
    """Refuse what is no address of a Vault: `what` is where it comes from. Raises CallWrong."""
    problem = address_problem(address)
    if problem:
        shown = "" if "@" in address else f" {address!r}"
        raise CallWrong(f"{what}{shown} {problem}")


def timeout_of(arguments: argparse.Namespace) -> float:
    """Give how long one call may take. Raises CallWrong."""
    text = arguments.timeout
    if text is None or text == "":
        return CALL_SECONDS
    if not _DURATION.fullmatch(text):
        raise CallWrong(f"--timeout or VAULT_CLIENT_TIMEOUT {text!r} is no time; write seconds, or 30s or 2m")
    parts = _PART.findall(text)
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts) if parts else float(text)
    if not 0 < seconds <= _MOST_SECONDS:
        raise CallWrong(f"--timeout or VAULT_CLIENT_TIMEOUT {text!r} is not more than nothing and at most a day")
    return seconds


def name_unused_variables(environ: Mapping[str, str], *, can_have_proxy: bool = True) -> None:
    """Tell of proxies that are set and not used, in one line on stderr. A command that calls as a Pod does has none."""
    found = [name for each in _PROXIES for name in (each, each.lower()) if environ.get(name)]
    if found:
        said = "is set and is" if len(found) == 1 else "are set and are"
        instead = (
            "a proxy is taken from VAULT_PROXY_ADDR or --proxy" if can_have_proxy else "as in a Pod, there is none"
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


def _token(file: Path | None, environ: Mapping[str, str]) -> str:
    """Give the token of a file, of VAULT_TOKEN, or of ~/.vault-token. Raises CallWrong."""
    source = "VAULT_TOKEN"
    token = "" if file is not None else environ.get(source, "").strip()
    if not token:
        try:
            file = file or Path.home() / ".vault-token"
            token = file.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CallWrong(f"there is no token: {file}: {file_words(error)}; give VAULT_TOKEN") from None
        except RuntimeError:
            raise CallWrong("there is no token: give VAULT_TOKEN, or --vault-token-file") from None
        source = str(file)
    if not token:
        raise CallWrong(f"there is no token: {source} is empty; give VAULT_TOKEN")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise CallWrong(f"what is in {source} is no token of Vault: it has a blank, a line end, or another character")
    return token
