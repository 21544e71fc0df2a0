"""Immutable values of access files. They are only created from checked files.

Each has its `place`, so that plans, errors and `explain` can name the line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from vault.places import Place

DEFAULT_OWNER = "omamori"
# prefix of every managed policy
PREFIX = "omamori."
DEFAULT_AUDIENCE = "vault"

Operation = Literal["read", "watch", "list", "create", "update", "patch", "delete"]
TokenKind = Literal["batch", "service"]


@dataclass(frozen=True, slots=True)
class Mount:
    """A secrets engine. `version` is set only for kv; `has_leases`: secrets read from it have a lease.

    `owners` are those of the files that declare it, sorted; none where it was found in a Vault.
    """

    path: str
    kind: str
    version: int | None
    has_leases: bool
    place: Place
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KubernetesConfig:
    """How Vault calls TokenReview: with the token that the operator names `reviewer`.

    `reviewer` None: with Vault's own ServiceAccount in that cluster.
    """

    host: str
    ca_certificate: str
    reviewer: str | None


@dataclass(frozen=True, slots=True)
class JwtConfig:
    """The keys that Vault trusts for JWTs; exactly one of the three sources is set."""

    oidc_discovery_url: str
    jwks_url: str
    public_keys: tuple[str, ...]
    ca_certificate: str
    issuer: str


@dataclass(frozen=True, slots=True)
class AuthMount:
    """An auth method. `config` None: it is configured elsewhere. `owners` as of a mount."""

    path: str
    kind: Literal["kubernetes", "jwt"]
    audiences: tuple[str, ...]
    alias_name_source: str
    config: KubernetesConfig | JwtConfig | None
    place: Place
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Workload:
    """One ServiceAccount in `namespace`, or (None) in each namespace with the labels."""

    service_account: str
    namespace: str | None
    namespace_labels: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        labels = ",".join(f"{name}={value}" for name, value in self.namespace_labels)
        return f"{self.namespace or f'({labels})'}/{self.service_account}"


@dataclass(frozen=True, slots=True)
class Token:
    """The token of a login. `max_ttl_seconds` 0 uses Vault's default."""

    kind: TokenKind
    ttl_seconds: int
    max_ttl_seconds: int = 0
    bound_cidrs: tuple[str, ...] = ()
    has_default_policy: bool = False


@dataclass(frozen=True, slots=True)
class PathGrant:
    """The operations allowed at an API path, which may end with `*` and have `+` as a segment. `mount` contains it."""

    path: str
    operations: tuple[Operation, ...]
    mount: Mount
    place: Place


@dataclass(frozen=True, slots=True)
class RawRule:
    """A path of a raw policy, with its capabilities."""

    path: str
    capabilities: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Grant:
    """One workload, one role, one policy; a grant of several workloads is as many of these.

    `raw_policy` is appended to the policy verbatim; "" is none. `raw_rules` are its paths.
    """

    workload: Workload
    auth: AuthMount
    role: str
    audiences: tuple[str, ...]
    paths: tuple[PathGrant, ...]
    raw_policy: str
    raw_rules: tuple[RawRule, ...]
    token: Token
    place: Place
    owner: str

    @property
    def is_leased(self) -> bool:
        """Whether any secret read has a lease, which ends with the login's token."""
        return any(each.mount.has_leases for each in self.paths)

    @property
    def is_watched(self) -> bool:
        """Whether a sidecar watches any secret, which also renews its token and leases."""
        return any("watch" in each.operations for each in self.paths)

    @property
    def role_path(self) -> str:
        """The role's API path, which identifies the grant in messages and policies."""
        return f"auth/{self.auth.path}/role/{self.role}"


@dataclass(frozen=True, slots=True)
class Access:
    """All files of one command.

    `owners` are those that own something here, sorted; `locks` has for each owner that has one the API path of a KV
    version 2 secret.
    """

    owners: tuple[str, ...]
    locks: Mapping[str, str]
    mounts: Mapping[str, Mount]
    auths: Mapping[str, AuthMount]
    grants: tuple[Grant, ...]


def policy_name(grant: Grant) -> str:
    """Return the policy's name, made of the auth method's path and the role. The parser ensures it is unique."""
    return name_of(grant.role_path)


def name_of(role_path: str) -> str:
    """Return the name of the policy for a role, from the role's API path."""
    mount, _, role = role_path.removeprefix("auth/").rpartition("/role/")
    return f"{PREFIX}{mount.replace('/', '-')}.{role}".lower()
