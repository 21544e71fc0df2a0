"""Rule: how the commands that ask Vault are told which one: the flags, and the variables of Vault's own command."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from vault.client import VaultClient
from webhook.commands.calls import CallWrong


def add_vault_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags that `connect` reads."""
    parser.add_argument("--vault-address", default=os.environ.get("VAULT_ADDR"), help="https://HOST:PORT (VAULT_ADDR)")
    parser.add_argument("--vault-ca-file", type=Path, default=os.environ.get("VAULT_CACERT"), help="VAULT_CACERT")
    parser.add_argument("--vault-namespace", default=os.environ.get("VAULT_NAMESPACE", ""), help="VAULT_NAMESPACE")
    parser.add_argument(
        "--vault-token-file", type=Path, help="a file with the token; without it VAULT_TOKEN, or ~/.vault-token"
    )


def connect(arguments: argparse.Namespace, *, retries: int = 0) -> VaultClient:
    """Give a client. Raises CallWrong where the address or the token is missing."""
    if not arguments.vault_address:
        raise CallWrong("which Vault? give --vault-address or VAULT_ADDR")
    try:
        token = _token(arguments.vault_token_file)
    except OSError as error:
        raise CallWrong(f"there is no token: {error.filename}: {error.strerror}") from None
    return VaultClient(
        arguments.vault_address, token, arguments.vault_ca_file, arguments.vault_namespace, retries=retries
    )


def _token(file: Path | None) -> str:
    if file is None and "VAULT_TOKEN" in os.environ:
        return os.environ["VAULT_TOKEN"]
    return (file or Path.home() / ".vault-token").read_text().strip()
