"""Options shared by several commands; related options form one value."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vault.cli.command import Option
from vault.cli.parameters import DURATION, VAULT_ADDRESS, Choice, InputFile, Parsed, parse_proxy
from vault.timelimit import CALL_SECONDS


def timeout_option(variable: str | None = None) -> Option:
    """Return the option for the timeout of a call."""
    return Option(
        "--timeout",
        type=DURATION,
        default=f"{CALL_SECONDS:.0f}s",
        show_default=True,
        envvar=variable,
        help="how long one call may take, such as 10, 30s or 2m",
    )


TIMEOUT = timeout_option("VAULT_CLIENT_TIMEOUT")
OUTPUT = Option(
    "-o",
    "--output",
    type=Choice(("text", "json")),
    default="text",
    show_default=True,
    help="text for people, json for programs",
)
NO_COLOR = Option("--no-color", is_flag=True, help="without colours; NO_COLOR does the same")


@dataclass(frozen=True, slots=True)
class VaultOptions:
    """Which Vault to call, and with which token. The variables are those of Vault's own command."""

    vault_address: str | None
    vault_ca_file: Path | None
    vault_namespace: str
    vault_token_file: Path | None
    proxy: str | None
    timeout: float

    OPTIONS: ClassVar[tuple[Option, ...]] = (
        Option("--vault-address", type=VAULT_ADDRESS, envvar="VAULT_ADDR", help="address of Vault: https://HOST:PORT"),
        Option("--vault-ca-file", type=InputFile(), envvar="VAULT_CACERT", help="the CA of Vault, a PEM file"),
        Option(
            "--vault-namespace", default="", envvar="VAULT_NAMESPACE", help="namespace of Vault Enterprise or OpenBao"
        ),
        Option(
            "--vault-token-file",
            type=InputFile(),
            help="a file with the token; default: VAULT_TOKEN, else ~/.vault-token",
        ),
        Option(
            "--proxy",
            type=Parsed(parse_proxy, "URL"),
            envvar="VAULT_PROXY_ADDR",
            help="the proxy through which Vault is called; HTTPS_PROXY and similar variables are ignored",
        ),
        TIMEOUT,
    )


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """Which cluster to call, as for kubectl."""

    kubeconfig: str | None
    context: str | None

    OPTIONS: ClassVar[tuple[Option, ...]] = (
        Option("--kubeconfig", envvar="KUBECONFIG", help="one or more files, as for kubectl"),
        Option("--context", help="a context of the kubeconfig; default: the current one"),
    )


def is_coloured(*, no_color: bool) -> bool:
    """Whether to colour the output: on a terminal, unless disabled (https://no-color.org)."""
    return sys.stdout.isatty() and not no_color and not os.environ.get("NO_COLOR")
