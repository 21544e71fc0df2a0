"""The values of live Secrets, and what is written to Vault: never a file, an argument or the terminal."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from vault.client import VaultClient
from vault.contract.errors import PathNotFound
from webhook.kube.client import Cluster
from webhook.migrate.secrets.source import Source

_KV2 = "/data/"


class NotWritten(Exception):
    """A Secret's values are not in Vault; the message says why, without any of them."""


def read_live(cluster: Cluster, source: Source) -> tuple[Source, dict[str, str]]:
    """Return a Secret with the keys that it has in the cluster, and its values as Vault gets them.

    Raises NotWritten where there is none, and ClusterFailed.
    """
    found = cluster.read(f"/api/v1/namespaces/{source.namespace}/secrets/{source.name}")
    if found is None:
        raise NotWritten(f"there is no Secret {source} in the cluster; has its controller made it?")
    values: dict[str, str] = {}
    binary = set()
    for key, encoded in sorted((found.get("data") or {}).items()):
        try:
            data = base64.b64decode(encoded, validate=True)
        except (binascii.Error, TypeError, ValueError):
            raise NotWritten(f"the Secret {source} has a value that is no base64") from None
        try:
            values[key] = data.decode()
        except UnicodeDecodeError:
            values[key] = encoded
            binary.add(key)
    made = Source(source.namespace, source.name, tuple(values), source.path, frozenset(binary))
    return made, values


def is_there(vault: VaultClient, source: Source, values: Mapping[str, str]) -> bool:
    """Whether a Secret's values are at its path. Raises NotWritten where it has others, which stay; and Failure."""
    try:
        there: Any = vault.read(source.path)
    except PathNotFound:
        there = None
    if _KV2 in source.path and there is not None:
        there = there.get("data")
    if there is not None and there != dict(values):
        raise NotWritten(f"{source.path} has other values than the Secret {source}: they stay; give another --path")
    return there is not None


def fill(vault: VaultClient, source: Source, values: Mapping[str, str]) -> None:
    """Write values to a Secret's path, where nothing is. Raises Failure."""
    # check-and-set: nothing that came in the meantime is replaced
    is_kv2 = _KV2 in source.path
    vault.write(source.path, {"data": dict(values), "options": {"cas": 0}} if is_kv2 else dict(values))
