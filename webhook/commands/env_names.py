"""`omamori env-names PATH`: the annotations that make variables of a secret's keys; the values are never shown."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from vault.client import VaultClient
from vault.errors import Failure, PathNotFound, ReferenceInvalid
from vault.references import SecretRef
from webhook.dialects.own.annotations import ENV_PREFIX

_CREATING_SEGMENTS = {"creds", "issue", "sign"}
_VERSION_2 = {"created_time", "version"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Where the secret is, and how to reach Vault: the variables of Vault's own command count, too."""
    parser.add_argument("path", help="the API path, as a Vault policy names it: secret/data/shop/db")
    parser.add_argument("--prefix", default="", help="in front of each variable's name: DB_")
    parser.add_argument("--vault-address", default=os.environ.get("VAULT_ADDR"), help="https://HOST:PORT (VAULT_ADDR)")
    parser.add_argument("--vault-ca-file", type=Path, default=os.environ.get("VAULT_CACERT"), help="VAULT_CACERT")
    parser.add_argument("--vault-namespace", default=os.environ.get("VAULT_NAMESPACE", ""), help="VAULT_NAMESPACE")
    parser.add_argument(
        "--vault-token-file", type=Path, help="a file with the token; without it VAULT_TOKEN, or ~/.vault-token"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print one line for each key. Exit code 2: the call is wrong; else that of vault/errors.py."""
    problem = _problem(arguments)
    if problem:
        print(f"omamori env-names: {problem}", file=sys.stderr)
        return 2
    try:
        token = _token(arguments.vault_token_file)
        client = VaultClient(arguments.vault_address, token, arguments.vault_ca_file, arguments.vault_namespace)
        keys = _keys(client, arguments.path)
    except OSError as error:
        print(f"omamori env-names: there is no token: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    except Failure as failure:
        hint = f"; {failure.hint}" if failure.hint else ""
        print(f"omamori env-names: {failure.message}{hint}", file=sys.stderr)
        return failure.exit_code
    for line in lines_for(arguments.path, keys, arguments.prefix):
        print(line)
    return 0


def lines_for(path: str, keys: Iterable[str], prefix: str = "") -> list[str]:
    """Give a line of YAML for each key; a comment for one that cannot be written so."""
    lines: list[str] = []
    named: dict[str, str] = {}
    for key in keys:
        name = re.sub(r"[^A-Za-z0-9_]", "_", f"{prefix}{key}").upper().strip("_")
        try:
            reference = _plain(str(SecretRef(path=path, key=key)))
        except ReferenceInvalid as error:
            lines.append(f"# {key!r} cannot be named in an annotation: {error}")
            continue
        if not name or name[0].isdigit():
            lines.append(f"# {key!r} gives no name of a variable; choose one: {ENV_PREFIX}/NAME: {reference}")
        elif name in named:
            lines.append(f"# {key!r} gives the name of {named[name]!r}; choose one: {ENV_PREFIX}/NAME: {reference}")
        else:
            named[name] = key
            lines.append(f'{ENV_PREFIX}/{name}: "{reference}"')
    return lines


def _plain(reference: str) -> str:
    """Write what YAML would read otherwise, in double quotes, in the reference's own escapes."""
    return "".join(
        each if each.isprintable() and each not in '\\"' else "".join(f"%{octet:02X}" for octet in each.encode())
        for each in reference
    )


def _problem(arguments: argparse.Namespace) -> str:
    if not arguments.vault_address:
        return "which Vault? give --vault-address or VAULT_ADDR"
    if _CREATING_SEGMENTS & set(arguments.path.split("/")):
        return f"reading {arguments.path} would make credentials; its keys are in the documentation of its engine"
    return ""


def _token(file: Path | None) -> str:
    if file is None and "VAULT_TOKEN" in os.environ:
        return os.environ["VAULT_TOKEN"]
    return (file or Path.home() / ".vault-token").read_text().strip()


def _keys(client: VaultClient, path: str) -> list[str]:
    """Read the names of the keys. Raises Failure."""
    data: dict[str, Any] | None = client.read(path)
    if data is None:
        raise PathNotFound(f"there is nothing at {path}", hint="for KV version 2 write MOUNT/data/NAME", path=path)
    metadata, inner = data.get("metadata"), data.get("data")
    if isinstance(inner, dict) and isinstance(metadata, dict) and metadata.keys() >= _VERSION_2:
        data = inner
    return sorted(data)
