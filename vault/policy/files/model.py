"""What access files say, as immutable values; they exist only checked.

Each keeps its `place`, so that a plan, a refusal and `explain` can name the line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from vault.places import Place

DEFAULT_OWNER = "omamori"
# in front of every policy of ours
PREFIX = "omamori."
DEFAULT_AUDIENCE = "vault"

Operation = Literal["read", "watch", "list", "create", "update", "patch", "delete"]
TokenKind = Literal["batch", "service"]


@dataclass(frozen=True, slots=True)
class Mount:
    """A secrets engine. `version` is a kv mount's, else None; `has_leases`: what is read there has a lease."""

    path: str
    kind: str
    version: int | None
    has_leases: bool
    place: Place


@dataclass(frozen=True, slots=True)
class KubernetesConfig:
    """How Vault asks an API server about tokens: by the token that the operator calls `reviewer`.

    `reviewer` None: by Vault's own ServiceAccount in that cluster.
    """

    host: str
    ca_certificate: str
    reviewer: str | None


@dataclass(frozen=True, slots=True)
class JwtConfig:
    """Whose signatures Vault trusts; exactly one of the three sources is given."""

    oidc_discovery_url: str
    jwks_url: str
    public_keys: tuple[str, ...]
    ca_certificate: str
    issuer: str


@dataclass(frozen=True, slots=True)
class AuthMount:
    """An auth method. `config` None: it is set up elsewhere."""

    path: str
    kind: Literal["kubernetes", "jwt"]
    audiences: tuple[str, ...]
    alias_name_source: str
    config: KubernetesConfig | JwtConfig | None
    place: Place


@dataclass(frozen=True, slots=True)
class Workload:
    """One ServiceAccount; its namespace, or (None) each namespace with the labels."""

    service_account: str
    namespace: str | None
    namespace_labels: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        labels = ",".join(f"{name}={value}" for name, value in self.namespace_labels)
        return f"{self.namespace or f'({labels})'}/{self.service_account}"


@dataclass(frozen=True, slots=True)
class Token:
    """What a login gives. `max_ttl_seconds` 0 leaves it to Vault."""

    kind: TokenKind
    ttl_seconds: int
    max_ttl_seconds: int = 0
    bound_cidrs: tuple[str, ...] = ()
    has_default_policy: bool = False


@dataclass(frozen=True, slots=True)
class PathGrant:
    """What may be done at an API path, which may end with `*` and have `+` for a segment. `mount` is where it lies."""

    path: str
    operations: tuple[Operation, ...]
    mount: Mount
    place: Place


@dataclass(frozen=True, slots=True)
class Grant:
    """One workload, one role, one policy. `raw_policy` is more of the policy, word for word; "" is none."""

    workload: Workload
    auth: AuthMount
    role: str
    audiences: tuple[str, ...]
    paths: tuple[PathGrant, ...]
    raw_policy: str
    token: Token
    place: Place

    @property
    def is_leased(self) -> bool:
        """Whether something that is read has a lease, which ends with the login's token."""
        return any(each.mount.has_leases for each in self.paths)

    @property
    def role_path(self) -> str:
        """The role's API path, by which people and policies name the grant."""
        return f"auth/{self.auth.path}/role/{self.role}"


@dataclass(frozen=True, slots=True)
class Access:
    """All files of one call together. `lock` is the API path of a KV version 2 secret, "" is none."""

    owner: str
    lock: str
    mounts: Mapping[str, Mount]
    auths: Mapping[str, AuthMount]
    grants: tuple[Grant, ...]


def policy_name(grant: Grant) -> str:
    """The policy's name, of the auth method's path and the role. That no two grants share one is checked with them."""
    return name_of(grant.role_path)


def name_of(role_path: str) -> str:
    """Return the name of the policy that is made for a role, by the role's API path."""
    mount, _, role = role_path.removeprefix("auth/").rpartition("/role/")
    return f"{PREFIX}{mount.replace('/', '-')}.{role}".lower()
