"""What is known of Vault's secrets engines without asking: whose answers have a lease, and how KV paths are made.

Source: the API pages of the engines. pki has leases only where a role says `generate_lease`, which its mount then has
to say by `leases: true`.
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
    """Whether what an engine of this type gives has a lease; None: the engine is not one of Vault's own."""
    if kind in _LEASED:
        return True
    return False if kind in _UNLEASED else None


def metadata_path(path: str, mount: str) -> str | None:
    """The path of a KV version 2 secret's metadata, for the path of its data; None: it is not a path of data."""
    prefix = f"{mount}/data/"
    return f"{mount}/metadata/{path.removeprefix(prefix)}" if path.startswith(prefix) else None
