"""Read everything from a Vault that access files can express, for `import`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vault.client import VaultClient
from vault.contract.errors import PathNotFound
from vault.contract.shown import shown
from vault.policy.desired.resources import Fields, policy_path
from vault.policy.sync.state import concurrently, read_mounts

KINDS = ("kubernetes", "jwt")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`ttls` are the default TTLs of auth methods, `roles` by auth method and name, `policies` their texts by name."""

    mounts: Mapping[str, Fields]
    auths: Mapping[str, Fields]
    ttls: Mapping[str, int]
    roles: Mapping[tuple[str, str], Fields]
    policies: Mapping[str, str]


def read_snapshot(client: VaultClient, only: tuple[str, ...] = ()) -> Snapshot:
    """Read all kubernetes and jwt auth methods, or only the named ones. Raises Failure."""
    mounts = read_mounts(client, "sys/mounts")
    found = {path: fields for path, fields in read_mounts(client, "sys/auth").items() if fields["type"] in KINDS}
    unknown = [path for path in only if path not in found]
    if unknown:
        what = f"there is no kubernetes or jwt auth method {', '.join(map(shown, unknown))}"
        raise PathNotFound(what, hint=f"there are: {', '.join(map(shown, sorted(found))) or 'none'}", path="sys/auth")
    auths = {path: fields for path, fields in found.items() if not only or path in only}
    names = {
        (auth, name): f"auth/{auth}/role/{name}"
        for auth, listed in concurrently(auths, lambda auth: client.list(f"auth/{auth}/role")).items()
        for name in listed
    }
    read = concurrently(names.values(), client.read)
    roles = {key: fields for key, path in names.items() if (fields := read[path]) is not None}
    wanted = {name for fields in roles.values() for name in fields.get("token_policies") or ()}
    policies = concurrently(wanted - {"root", "default"}, lambda name: client.read(policy_path(name)))
    tunes = concurrently(auths, lambda auth: client.read(f"sys/auth/{auth}/tune"))
    return Snapshot(
        mounts=mounts,
        auths=auths,
        ttls={auth: int((tune or {}).get("default_lease_ttl") or 0) for auth, tune in tunes.items()},
        roles=roles,
        policies={name: str(fields["policy"]) for name, fields in policies.items() if fields is not None},
    )
