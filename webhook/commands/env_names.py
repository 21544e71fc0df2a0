"""`omamori env-names PATH`: the annotations that make variables of a secret's keys; the values are never shown."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable
from typing import Any

from vault.client import VaultClient
from vault.errors import Failure, PathNotFound, ReferenceInvalid
from vault.references import SecretRef
from webhook.commands.calls import CallWrong
from webhook.commands.connection import add_vault_arguments, connect
from webhook.dialects.own.annotations import ENV_PREFIX

_CREATING_SEGMENTS = {"creds", "issue", "sign"}
_VERSION_2 = {"created_time", "version"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Where the secret is, and how to reach Vault: the variables of Vault's own command count, too."""
    parser.add_argument("path", help="the API path, as a Vault policy names it: secret/data/shop/db")
    parser.add_argument("--prefix", default="", help="in front of each variable's name: DB_")
    add_vault_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print one line for each key. Exit code 2: the call is wrong; else that of vault/errors.py."""
    try:
        _refuse_creation(arguments.path)
        keys = _keys(connect(arguments), arguments.path)
    except CallWrong as error:
        print(f"omamori env-names: {error}", file=sys.stderr)
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


def _refuse_creation(path: str) -> None:
    if _CREATING_SEGMENTS & set(path.split("/")):
        raise CallWrong(f"reading {path} would make credentials; its keys are in the documentation of its engine")


def _keys(client: VaultClient, path: str) -> list[str]:
    """Read the names of the keys. Raises Failure."""
    data: dict[str, Any] | None = client.read(path)
    if data is None:
        raise PathNotFound(f"there is nothing at {path}", hint="for KV version 2 write MOUNT/data/NAME", path=path)
    metadata, inner = data.get("metadata"), data.get("data")
    if isinstance(inner, dict) and isinstance(metadata, dict) and metadata.keys() >= _VERSION_2:
        data = inner
    return sorted(data)
