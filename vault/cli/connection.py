"""Connect commands to Vault, with the operator's token or by a login.

The token is sent only to Vault. Proxy variables that other programs would use are ignored, with a notice.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import click

from vault.cli.command import UsageError
from vault.cli.logins import login_fields
from vault.cli.notices import name_unused_variables, say_waiting
from vault.cli.options import VaultOptions
from vault.cli.terminal import warn
from vault.client import VaultClient
from vault.connection_diagnoses import file_words
from vault.tls_options import TlsOptions

_TOKENS = ("VAULT_TOKEN", "BAO_TOKEN")


def connect(vault: VaultOptions, *, retries: int = 0) -> VaultClient:
    """Return a client, which has logged in where --auth says so. Raises UsageError, and Failure.

    The token of a login is revoked when the command ends.
    """
    if not vault.vault_address:
        raise UsageError("no Vault address: give --vault-address or VAULT_ADDR")
    _refuse_unused(vault)
    token = _token(vault.vault_token_file, os.environ) if vault.auth is None else ""
    name_unused_variables(os.environ)
    if vault.vault_skip_verify:
        warn("omamori: Vault's certificate is not verified: whoever answers in its place gets the token")
    client = VaultClient(
        vault.vault_address,
        token,
        vault.vault_ca_file,
        vault.vault_namespace,
        retries=retries,
        proxy=vault.proxy or "",
        timeout_seconds=vault.timeout,
        tls=TlsOptions(
            vault.vault_ca_directory,
            vault.vault_client_certificate,
            vault.vault_client_key,
            vault.vault_tls_server_name,
            vault.vault_skip_verify,
        ),
        notice=say_waiting,
    )
    if vault.auth is not None:
        client.login(vault.auth.mount, login_fields(vault.auth, vault.jwt_file, vault.secret_id_file))
        click.get_current_context().call_on_close(client.revoke)
    return client


def _refuse_unused(vault: VaultOptions) -> None:
    """Refuse options that the login, or its absence, would leave without effect. Raises UsageError."""
    method = vault.auth.method if vault.auth else ""
    if method and vault.vault_token_file:
        raise UsageError("--vault-token-file and --auth exclude each other: one is a token, the other gets one")
    if vault.jwt_file and method not in {"kubernetes", "jwt"}:
        raise UsageError("--jwt-file needs --auth kubernetes:ROLE or --auth jwt:ROLE, which sends it")
    if vault.secret_id_file and method != "approle":
        raise UsageError("--secret-id-file needs --auth approle:ROLE_ID, which sends it")


def _token(file: Path | None, environ: Mapping[str, str]) -> str:
    """Return the token from a file, VAULT_TOKEN or ~/.vault-token. Raises CallWrong."""
    source = next((each for each in _TOKENS if environ.get(each, "").strip()), _TOKENS[0])
    token = "" if file is not None else environ.get(source, "").strip()
    if not token:
        try:
            file = file or Path.home() / ".vault-token"
            token = file.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"there is no token: {file}: {file_words(error)}; give VAULT_TOKEN") from None
        except RuntimeError:
            raise UsageError("there is no token: give VAULT_TOKEN, or --vault-token-file") from None
        source = str(file)
    if not token:
        raise UsageError(f"there is no token: {source} is empty; give VAULT_TOKEN")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(
            f"{source} does not contain a Vault token: it has a blank, a line end, or another invalid character"
        )
    return token
