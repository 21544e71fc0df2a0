"""Parse the mounts and auth methods of a document that has passed the schema.

A kubernetes auth method with a config needs a reviewer: without one, and outside the cluster, Vault would authenticate
to TokenReview with the Pod's own token, and every login would fail because of its audience.
"""

from __future__ import annotations

from typing import Any

from vault.places import Mistake
from vault.policy.files.engines import has_leases
from vault.policy.files.model import DEFAULT_AUDIENCE, AuthMount, JwtConfig, KubernetesConfig, Mount
from vault.yamlfile import Document

_OF_KUBERNETES = ("host", "reviewer")
_OF_JWT = ("oidcDiscoveryUrl", "jwksUrl", "publicKeys")


def parse_mount(document: Document, path: str, mistakes: list[Mistake]) -> Mount:
    """Parse a secrets engine."""
    raw = document.value["mounts"][path]
    place = document.place("mounts", path)
    kind = raw["type"]
    if kind != "kv" and "version" in raw:
        mistakes.append(Mistake(document.place("mounts", path, "version"), f"mounts.{path}: only kv has versions"))
    leased = raw.get("leases", has_leases(kind))
    if leased is None:
        mistakes.append(
            Mistake(
                place,
                f"mounts.{path}: write `leases: true` or `leases: false`; omamori does not know the engine {kind}",
            )
        )
    return Mount(path, kind, raw.get("version", 2) if kind == "kv" else None, bool(leased), place)


def parse_auth_mount(document: Document, path: str, mistakes: list[Mistake]) -> AuthMount:
    """Parse an auth method."""
    raw = document.value["auth"][path]
    kind = raw["type"]
    keys = ("auth", path)
    if kind == "jwt" and "aliasNameSource" in raw:
        where = document.place(*keys, "aliasNameSource")
        mistakes.append(Mistake(where, f"auth.{path}: only kubernetes has an aliasNameSource"))
    config = None
    if "config" in raw:
        parse = _kubernetes_config if kind == "kubernetes" else _jwt_config
        config = parse(document, (*keys, "config"), raw["config"], mistakes)
    return AuthMount(
        path=path,
        kind=kind,
        audiences=parse_audiences(document, (*keys, "audience"), kind, raw.get("audience", DEFAULT_AUDIENCE), mistakes),
        alias_name_source=raw.get("aliasNameSource", "serviceaccount_name"),
        config=config,
        place=document.place(*keys),
    )


def parse_audiences(
    document: Document, keys: tuple[str | int, ...], kind: str, raw: str | list[str], mistakes: list[Mistake]
) -> tuple[str, ...]:
    """Parse the audiences. Empty: any audience is accepted, which only kubernetes supports."""
    audiences = (raw,) if isinstance(raw, str) else tuple(raw)
    if kind == "kubernetes" and len(audiences) > 1:
        mistakes.append(Mistake(document.place(*keys), "kubernetes auth takes one audience per role; write one"))
    if kind == "jwt" and "" in audiences:
        mistakes.append(Mistake(document.place(*keys), "jwt auth needs an audience; without one it accepts any token"))
    return tuple(filter(None, audiences))


def _kubernetes_config(
    document: Document, keys: tuple[str, ...], raw: dict[str, Any], mistakes: list[Mistake]
) -> KubernetesConfig:
    mistakes += _misplaced(document, keys, raw, (*_OF_JWT, "issuer"), "jwt")
    mistakes.extend(
        Mistake(document.place(*keys), f"{'.'.join(keys)} lacks {each}") for each in _OF_KUBERNETES if each not in raw
    )
    reviewer = raw.get("reviewer", "vault")
    if reviewer != "vault" and "caCertificate" not in raw:
        what = (
            f"{'.'.join(keys)} lacks caCertificate: outside the cluster Vault has no other way to verify the API server"
        )
        mistakes.append(Mistake(document.place(*keys), what))
    return KubernetesConfig(
        host=raw.get("host", ""),
        ca_certificate=raw.get("caCertificate", ""),
        reviewer=None if reviewer == "vault" else str(reviewer["tokenFrom"]),
    )


def _jwt_config(document: Document, keys: tuple[str, ...], raw: dict[str, Any], mistakes: list[Mistake]) -> JwtConfig:
    mistakes += _misplaced(document, keys, raw, _OF_KUBERNETES, "kubernetes")
    if len(raw.keys() & set(_OF_JWT)) != 1:
        what = f"{'.'.join(keys)} must have exactly one of {', '.join(_OF_JWT)}"
        mistakes.append(Mistake(document.place(*keys), what))
    return JwtConfig(
        oidc_discovery_url=raw.get("oidcDiscoveryUrl", ""),
        jwks_url=raw.get("jwksUrl", ""),
        public_keys=tuple(raw.get("publicKeys", ())),
        ca_certificate=raw.get("caCertificate", ""),
        issuer=raw.get("issuer", ""),
    )


def _misplaced(
    document: Document, keys: tuple[str, ...], raw: dict[str, Any], others: tuple[str, ...], kind: str
) -> list[Mistake]:
    """Report keys that only the other kind of auth method supports."""
    return [
        Mistake(document.place(*keys, each), f"{'.'.join(keys)}: only {kind} auth has {each}")
        for each in others
        if each in raw
    ]
