"""Options shared by several commands; related options form one value."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from vault.cli.command import Option
from vault.cli.logins import Login, parse_login
from vault.cli.parameters import DURATION, VAULT_ADDRESS, Choice, File, InputFile, Parsed, parse_proxy
from vault.timelimit import CALL_SECONDS


def timeout_option(variable: str | list[str] | None = None) -> Option:
    """Return the option for the timeout of a call."""
    return Option(
        "--timeout",
        type=DURATION,
        default=f"{CALL_SECONDS:.0f}s",
        show_default=True,
        envvar=variable,
        help="how long one call may take, such as 10, 30s or 2m",
    )


TIMEOUT = timeout_option(["VAULT_CLIENT_TIMEOUT", "BAO_CLIENT_TIMEOUT"])
OUTPUT = Option(
    "-o",
    "--output",
    type=Choice(("text", "json")),
    default="text",
    show_default=True,
    help="text for people, json for programs",
)
NO_COLOR = Option("--no-color", is_flag=True, help="without colours; NO_COLOR does the same")


def _vault(name: str, variable: str, explained: str, **more: Any) -> Option:
    """Return an option with the variables of Vault's own command and of OpenBao's; Vault's wins."""
    return Option(name, envvar=[f"VAULT_{variable}", f"BAO_{variable}"], help=explained, **more)


@dataclass(frozen=True, slots=True)
class VaultOptions:
    """Which Vault to call, and with which token. The variables are those of Vault's own command."""

    vault_address: str | None
    vault_ca_file: Path | None
    vault_namespace: str
    vault_token_file: Path | None
    auth: Login | None
    jwt_file: Path | None
    secret_id_file: Path | None
    vault_ca_directory: Path | None
    vault_client_certificate: Path | None
    vault_client_key: Path | None
    vault_tls_server_name: str
    vault_skip_verify: bool
    proxy: str | None
    timeout: float

    OPTIONS: ClassVar[tuple[Option, ...]] = (
        _vault("--vault-address", "ADDR", "address of Vault: https://HOST:PORT", type=VAULT_ADDRESS),
        _vault("--vault-ca-file", "CACERT", "the CA of Vault, a PEM file", type=InputFile()),
        _vault("--vault-namespace", "NAMESPACE", "namespace of Vault Enterprise or OpenBao", default=""),
        Option(
            "--vault-token-file",
            type=InputFile(),
            help="a file with the token; default: VAULT_TOKEN, BAO_TOKEN, else ~/.vault-token",
        ),
        Option(
            "--auth",
            type=Parsed(parse_login, "METHOD:ROLE"),
            help="log in, in the place of a token: kubernetes:ROLE, jwt:ROLE or approle:ROLE_ID, with another mount "
            "kubernetes@MOUNT:ROLE; the token is revoked at the end",
        ),
        Option(
            "--jwt-file",
            type=InputFile(),
            help="the token that --auth sends; default: the Pod's, for kubernetes",
        ),
        Option("--secret-id-file", type=InputFile(), help="the secret id for --auth approle:ROLE_ID"),
        _vault(
            "--vault-ca-directory", "CAPATH", "a directory with CAs under hashed names, as OpenSSL has it", type=File()
        ),
        _vault("--vault-client-certificate", "CLIENT_CERT", "a certificate to show to Vault", type=InputFile()),
        _vault("--vault-client-key", "CLIENT_KEY", "its key, if that is in another file", type=InputFile()),
        _vault("--vault-tls-server-name", "TLS_SERVER_NAME", "the name that Vault's certificate must have", default=""),
        _vault(
            "--vault-skip-verify",
            "SKIP_VERIFY",
            "take any certificate: whoever answers in Vault's place gets the token",
            is_flag=True,
        ),
        Option(
            "--proxy",
            type=Parsed(parse_proxy, "URL"),
            envvar=["VAULT_PROXY_ADDR", "BAO_PROXY_ADDR"],
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
