"""The desired state of a Vault as entries of its API, in the order in which they are written.

A policy comes before its role, so that no login gets a role without its policy; a mount before its dependents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from vault.policy.desired.compat import own_fields
from vault.policy.desired.mark import description
from vault.policy.desired.policies import render_policy
from vault.policy.desired.roles import role_fields
from vault.policy.files.model import Access, AuthMount, Grant, JwtConfig, KubernetesConfig, Mount, policy_name

Kind = Literal["mount", "auth", "config", "policy", "role"]
Fields = Mapping[str, Any]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Resource:
    """One path of the API and its desired fields.

    `write_only` are fields that Vault never returns, each with the name by which the operator supplies its value.
    `place` is where it is declared, `owners` whose it is: several only if their files share a mount or auth method.
    """

    kind: Kind
    path: str
    fields: Fields
    place: str
    write_only: tuple[tuple[str, str], ...] = ()
    owners: tuple[str, ...] = ()


def wanted_entries(access: Access) -> tuple[Resource, ...]:
    """Return all entries. Equal files give equal entries."""
    found = [
        *(_mount(mount) for mount in access.mounts.values()),
        *(_auth(auth) for auth in access.auths.values()),
        *(_config(auth) for auth in access.auths.values() if auth.config is not None),
        *(_policy(grant) for grant in access.grants),
        *(_role(grant) for grant in access.grants),
    ]
    return tuple(sorted(found, key=lambda entry: (KINDS.index(entry.kind), entry.path)))


def policy_path(name: str) -> str:
    """Return the API path of a policy."""
    return f"sys/policies/acl/{name}"


def host_of(fields: Fields) -> str:
    """Return the host to which Vault sends a reviewer's token, from the fields of its config."""
    return str(fields.get("kubernetes_host", ""))


def normal_form(entry: Resource, answered: Fields) -> dict[str, Any]:
    """Normalise Vault's answer to the fields of an entry; a missing or null field becomes its zero value.

    Fields of only one server are included if they differ from their zero value.
    """
    form = {name: _normal(answered.get(name), wanted) for name, wanted in entry.fields.items()}
    for own in own_fields(entry.kind):
        if answered.get(own.name):
            form[own.name] = answered[own.name]
    return form


def _normal(value: Any, wanted: Any) -> Any:
    if value is None:
        return type(wanted)()
    if isinstance(value, str) and "-----BEGIN" in value:
        return value.strip()
    if isinstance(value, list):
        return [_normal(each, each) for each in value]
    return value


def _mount(mount: Mount) -> Resource:
    options = {} if mount.version is None else {"version": str(mount.version)}
    fields = {"type": mount.kind, "options": options, "description": description(mount.owners[0])}
    return Resource("mount", f"sys/mounts/{mount.path}", fields, str(mount.place), owners=mount.owners)


def _auth(auth: AuthMount) -> Resource:
    fields = {"type": auth.kind, "description": description(auth.owners[0])}
    return Resource("auth", f"sys/auth/{auth.path}", fields, str(auth.place), owners=auth.owners)


def _config(auth: AuthMount) -> Resource:
    config = auth.config
    path = f"auth/{auth.path}/config"
    if isinstance(config, KubernetesConfig):
        write_only = () if config.reviewer is None else (("token_reviewer_jwt", config.reviewer),)
        return Resource("config", path, dict(_kubernetes_config(config)), str(auth.place), write_only, auth.owners)
    assert isinstance(config, JwtConfig)
    return Resource("config", path, dict(_jwt_config(config)), str(auth.place), owners=auth.owners)


def _kubernetes_config(config: KubernetesConfig) -> Iterator[tuple[str, Any]]:
    yield "kubernetes_host", config.host
    yield "kubernetes_ca_cert", config.ca_certificate.strip()
    yield "disable_local_ca_jwt", config.reviewer is not None
    # returned but never written: a write without the token itself removes it
    yield "token_reviewer_jwt_set", config.reviewer is not None


def _jwt_config(config: JwtConfig) -> Iterator[tuple[str, Any]]:
    yield "oidc_discovery_url", config.oidc_discovery_url
    yield "oidc_discovery_ca_pem", config.ca_certificate.strip() if config.oidc_discovery_url else ""
    yield "jwks_url", config.jwks_url
    yield "jwks_ca_pem", config.ca_certificate.strip() if config.jwks_url else ""
    yield "jwt_validation_pubkeys", [each.strip() for each in config.public_keys]
    yield "bound_issuer", config.issuer


def _policy(grant: Grant) -> Resource:
    fields = {"policy": render_policy(grant)}
    return Resource("policy", policy_path(policy_name(grant)), fields, str(grant.place), owners=(grant.owner,))


def _role(grant: Grant) -> Resource:
    return Resource("role", grant.role_path, role_fields(grant), str(grant.place), owners=(grant.owner,))
