"""Connect commands to Vault, with the operator's token.

The token is sent only to Vault. Proxy variables that other programs would use are ignored, with a notice.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from vault.cli.command import UsageError
from vault.cli.notices import name_unused_variables, say_waiting
from vault.cli.options import VaultOptions
from vault.client import VaultClient
from vault.connection_diagnoses import file_words


def connect(vault: VaultOptions, *, retries: int = 0) -> VaultClient:
    """Return a client. Raises CallWrong if the address or the token is missing, and Failure."""
    if not vault.vault_address:
        raise UsageError("no Vault address: give --vault-address or VAULT_ADDR")
    token = _token(vault.vault_token_file, os.environ)
    name_unused_variables(os.environ)
    return VaultClient(
        vault.vault_address,
        token,
        vault.vault_ca_file,
        vault.vault_namespace,
        retries=retries,
        proxy=vault.proxy or "",
        timeout_seconds=vault.timeout,
        notice=say_waiting,
    )


def _token(file: Path | None, environ: Mapping[str, str]) -> str:
    """Return the token from a file, VAULT_TOKEN or ~/.vault-token. Raises CallWrong."""
    source = "VAULT_TOKEN"
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
