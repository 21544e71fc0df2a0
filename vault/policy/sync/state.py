"""Read the state of a Vault: declared entries, and all entries that may be managed.

Each policy and each role is read at most once, several in parallel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from vault.client import VaultClient
from vault.contract.errors import PathNotFound, PathRefused, VaultUnreachable
from vault.contract.plan import AUTH_KINDS
from vault.policy.desired.mark import parse_mark
from vault.policy.desired.resources import Fields, policy_path
from vault.policy.files.model import PREFIX, Access, PathGrant
from vault.policy.sync.threads import in_threads

WORKERS = 8

_Key = TypeVar("_Key")
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class VaultState:
    """The state that was read. A path that is missing in `mounts`, `auths`, `policies` or `roles` does not exist.

    `configs` are those of the declared auth methods; `lease_seconds` is the lease duration of granted paths, if it
    could be read. Policies and roles are all that may be managed, by API path.
    """

    mounts: Mapping[str, Fields]
    auths: Mapping[str, Fields]
    configs: Mapping[str, Fields]
    policies: Mapping[str, Fields]
    roles: Mapping[str, Fields]
    lease_seconds: Mapping[str, int]


def read_state(client: VaultClient, access: Access) -> VaultState:
    """Read the state. Raises Failure."""
    mounts = read_mounts(client, "sys/mounts")
    auths = read_mounts(client, "sys/auth")
    there = [auth for auth in access.auths.values() if auth.path in auths]
    names = client.list("sys/policies/acl")
    policies = [policy_path(name) for name in names if name.startswith(PREFIX)]
    listed = concurrently(there, lambda auth: client.list(f"auth/{auth.path}/role"))
    roles = [f"auth/{auth.path}/role/{name}" for auth, found in listed.items() for name in found]
    configured = [f"auth/{auth.path}/config" for auth in there]
    leased = {each.path: each for grant in access.grants for each in grant.paths if each.mount.path in mounts}
    read = concurrently([*configured, *policies, *roles], client.read)
    elsewhere = [path for path in _marked_roles(_found(read, policies), auths) if path not in roles]
    read |= concurrently(elsewhere, client.read)
    roles += elsewhere
    return VaultState(
        mounts=mounts,
        auths=auths,
        configs=_found(read, configured),
        policies=_found(read, policies),
        roles=_found(read, roles),
        lease_seconds=_read_leases(client, [each for each in leased.values() if each.mount.has_leases]),
    )


def _marked_roles(policies: Mapping[str, Fields], auths: Mapping[str, Fields]) -> list[str]:
    """Return the roles named by policy marks, including those of auth methods that no file declares any more.

    Only roles of the kinds that omamori writes: anybody could write a policy whose mark names another kind of role.
    """
    marks = (parse_mark(str(fields.get("policy", ""))) for fields in policies.values())
    paths = [mark.role_path for mark in marks if mark is not None]
    ours = {f"auth/{path}/role/" for path, fields in auths.items() if fields.get("type") in AUTH_KINDS}
    return [path for path in paths if f"{path.rpartition('/')[0]}/" in ours]


def concurrently(keys: Iterable[_Key], read: Callable[[_Key], _Read]) -> dict[_Key, _Read]:
    """Read several keys in parallel. The first error is raised once running reads have ended."""
    distinct = list(dict.fromkeys(keys))
    found: dict[_Key, _Read] = {}
    in_threads(distinct, WORKERS, lambda key: found.update({key: read(key)}))
    return {key: found[key] for key in distinct}


def _found(read: Mapping[str, dict[str, Any] | None], paths: Iterable[str]) -> dict[str, Fields]:
    return {path: fields for path in paths if (fields := read[path]) is not None}


def read_mounts(client: VaultClient, path: str) -> dict[str, Fields]:
    """Read the mounts of `sys/mounts` or `sys/auth`, by path. Raises Failure."""
    found = client.read_there(path).items()
    mounts: dict[str, Fields] = {
        name.removesuffix("/"): fields for name, fields in found if isinstance(fields, dict) and "type" in fields
    }
    if not mounts:
        raise VaultUnreachable(f"this is not Vault: {path} lists no mount, not even the built-in ones", path=path)
    return mounts


def _read_leases(client: VaultClient, paths: list[PathGrant]) -> dict[str, int]:
    """Read the lease durations: from the engine's role, else from the mount."""

    def read(grant: PathGrant) -> int:
        mount, name = grant.mount.path, grant.path.rpartition("/")[2]
        try:
            role = client.read(f"{mount}/roles/{name}") if "*" not in grant.path and "+" not in grant.path else None
            seconds = int((role or {}).get("default_ttl") or 0)
            return seconds or int((client.read(f"sys/mounts/{mount}/tune") or {}).get("default_lease_ttl") or 0)
        except (PathRefused, PathNotFound, ValueError, TypeError):
            return 0  # whoever may write policies need not be allowed to look at engines

    return {grant.path: seconds for grant, seconds in concurrently(paths, read).items() if seconds}
