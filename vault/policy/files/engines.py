"""Static facts about Vault's secrets engines: which return leases, and how KV paths are built.

Source: the API pages of the engines. pki has leases only if a role sets `generate_lease`; its mount must then declare
`leases: true`.
"""

from __future__ import annotations

_LEASED = {
    *("ad", "alicloud", "aws", "azure", "consul", "database", "gcp", "kubernetes"),
    *("ldap", "mongodbatlas", "nomad", "rabbitmq", "terraform"),
}
_UNLEASED = {"cubbyhole", "identity", "keymgmt", "kmip", "kv", "pki", "ssh", "totp", "transform", "transit"}

# what follows the mount in the API of KV version 2
KV2_SEGMENTS = ("config", "data", "delete", "destroy", "metadata", "subkeys", "undelete")


def has_leases(kind: str) -> bool | None:
    """Whether secrets of this engine type have a lease. None: not one of Vault's built-in engines."""
    if kind in _LEASED:
        return True
    return False if kind in _UNLEASED else None


def metadata_path(path: str, mount: str) -> str | None:
    """Return the metadata path for the data path of a KV version 2 secret. None: it is not a data path."""
    prefix = f"{mount}/data/"
    return f"{mount}/metadata/{path.removeprefix(prefix)}" if path.startswith(prefix) else None
