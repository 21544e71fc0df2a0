"""`omamori env-names PATH`: print annotations that turn a secret's keys into variables, without their values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from vault.agent.render.envfile import render_env_file
from vault.agent.render.text import encoded, text_of
from vault.cli.command import UsageError
from vault.cli.connection import connect
from vault.cli.exit_codes import OK
from vault.cli.options import VaultOptions
from vault.cli.terminal import tell
from vault.client import VaultClient
from vault.contract.errors import NotRepresentable, PathNotFound, ReferenceInvalid
from vault.contract.references import SecretRef
from vault.contract.shown import shown
from webhook.admission.annotations.parse import ENV_PREFIX
from webhook.admission.annotations.qualified_keys import problem_with_key

_CREATING_SEGMENTS = {"creds", "issue", "sign"}
_VERSION_2 = {"created_time", "version"}


def run(*, path: str, prefix: str, vault: VaultOptions) -> int:
    """Print a line for each key. Raises CallWrong and Failure."""
    _check_path(path)
    values = _values(connect(vault), path)
    tell(*lines_for(path, sorted(values), prefix, values))
    return OK


def lines_for(path: str, keys: Iterable[str], prefix: str = "", values: Mapping[str, Any] | None = None) -> list[str]:
    """Return a line of YAML for each key, or a comment if the key cannot be an annotation.

    With `values`, a comment before a line explains why the kubelet's env files cannot hold the variable; no value is
    shown.
    """
    lines: list[str] = []
    named: dict[str, str] = {}
    for key in keys:
        name = re.sub(r"[^A-Za-z0-9_]", "_", f"{prefix}{key}").upper().strip("_")
        quoted = shown(repr(key))
        try:
            reference = _plain(str(SecretRef(path=path, key=key)))
        except ReferenceInvalid as error:
            lines.append(f"# {quoted} cannot be named in an annotation: {error}")
            continue
        annotation = f"{ENV_PREFIX}/{name}"
        if not name or name[0].isdigit():
            lines.append(f"# {quoted} is not a valid variable name; choose one: {ENV_PREFIX}/NAME: {reference}")
        elif name in named:
            first = shown(repr(named[name]))
            lines.append(f"# {quoted} results in the same name as {first}; choose one: {ENV_PREFIX}/NAME: {reference}")
        elif problem_with_key(annotation):
            lines.append(f'# {quoted} has a long name; choose a short KEY: {ENV_PREFIX}/KEY: "{reference} as={name}"')
        else:
            named[name] = key
            lines += [*_remarks(name, key, values or {}), f'{annotation}: "{reference}"']
    return lines


def _remarks(name: str, key: str, values: Mapping[str, Any]) -> list[str]:
    """Return comments on why a variable cannot be in an env file; they name it but never show its value."""
    if key not in values:
        return []
    try:
        render_env_file({name: encoded(key, text_of(key, values[key]))})
    except NotRepresentable as failure:
        return [f"# {failure.message}: {failure.hint}"]
    return []


def _plain(reference: str) -> str:
    """Quote text that plain YAML would misread, with the escapes of references."""
    return "".join(
        each if each.isprintable() and each not in '\\"' else "".join(f"%{octet:02X}" for octet in each.encode())
        for each in reference
    )


def _check_path(path: str) -> None:
    """Refuse an invalid path, and one whose read would create something. Raises CallWrong."""
    if "#" in path:
        raise UsageError(f"give the path without #KEY: {path.partition('#')[0]}")
    if _CREATING_SEGMENTS & set(path.split("/")):
        raise UsageError(f"reading {path} would create credentials; see the engine's documentation for its keys")


def _values(client: VaultClient, path: str) -> dict[str, Any]:
    """Read a secret's values by key. Raises Failure."""
    data: dict[str, Any] | None = client.read(path)
    if data is None:
        hint = "for KV version 2 write MOUNT/data/NAME"
        raise PathNotFound(f"there is nothing at {shown(path)}", hint=hint, path=path)
    metadata, inner = data.get("metadata"), data.get("data")
    if isinstance(inner, dict) and isinstance(metadata, dict) and metadata.keys() >= _VERSION_2:
        data = inner
    return data
