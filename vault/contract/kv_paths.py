"""Paths in a KV version 2 mount, of which `data/` or `metadata/` may be left out, as Consul-Template takes them.

    secret/shop/db  read or written  secret/data/shop/db          secret/shop  listed  secret/metadata/shop

A mount's path ends with a slash, any other does not.
"""

from __future__ import annotations

_OF_THE_API = ("data", "metadata", "subkeys")


def data_path(path: str, mount: str) -> str:
    """Return the API path of a read or a write."""
    within = _within(path, mount)
    first, slash, _ = within.partition("/")
    return path if slash and first in _OF_THE_API else f"{mount}data/{within}".removesuffix("/")


def list_path(path: str, mount: str) -> str:
    """Return the API path of a list."""
    within = _within(path, mount)
    return path if within.partition("/")[0] == "metadata" else f"{mount}metadata/{within}".removesuffix("/")


def _within(path: str, mount: str) -> str:
    return f"{path}/".removeprefix(mount).removesuffix("/")
