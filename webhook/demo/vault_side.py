"""Set up in Vault what the demo needs, as an operator would, and remove it at the end."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from vault.client import VaultClient
from vault.contract.errors import PathNotFound, PathRefused
from webhook.demo.asked import find_asked
from webhook.demo.engines import is_stored, set_up_engines
from webhook.demo.manifest import ManifestPod
from webhook.demo.stop import DemoStopped
from webhook.demo.vaults import DemoVault

_MOUNT = "omamori-demo"
_POLICY = "omamori-demo"
_TOKEN_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Server:
    """A Vault to use. `ca_file` None: the system's certificates. `is_own`: it is the demo's, and ends with it."""

    kind: str
    address: str
    token: str = field(repr=False)
    ca_file: Path | None
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """Descriptions of what was written, and the ServiceAccount token that a kubelet would supply."""

    auth_mount: str
    token: str = field(repr=False)
    notes: tuple[str, ...]


@contextmanager
def prepared(client: VaultClient, vault: DemoVault, pod: ManifestPod, *, is_own: bool) -> Iterator[Prepared]:
    """Write the secrets that are missing, a policy and a role for each login; remove them when the block ends.

    In a Vault of the demo's own, engines as well. Raises DemoStopped, and Failure.
    """
    undo: list[str] = []
    notes: list[str] = []
    mount = _mount_of(vault)
    subject = f"system:serviceaccount:{pod.namespace}:{pod.service_account}"
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    try:
        if not is_own and not mount.startswith(_MOUNT) and f"{mount}/" in client.read_there("sys/auth"):
            raise DemoStopped(
                f"there is an auth method at {mount}, which the Pod names, and the demo would replace and remove it",
                hint="remove the annotation that names it for the demo, or run the demo without --vault-address",
            )
        client.enable_auth("jwt", mount)
        undo.append(f"sys/auth/{mount}")
        client.write(f"auth/{mount}/config", {"jwt_validation_pubkeys": [public.decode()]})
        for role, spec in vault.parts:
            asked = find_asked(spec, client)
            if is_own:
                notes += set_up_engines(client, asked.capabilities)
            for path, keys in asked.keys.items():
                if not is_own or is_stored(path):
                    notes.append(_write_sample(client, path, keys, undo))
            policy = f"{_POLICY}.{vault.name}.{role}"  # a Vault's name has no dot
            client.write(f"sys/policies/acl/{policy}", {"policy": asked.policy})
            undo.append(f"sys/policies/acl/{policy}")
            client.write(
                f"auth/{mount}/role/{role}",
                {
                    "role_type": "jwt",
                    "user_claim": "sub",
                    "bound_audiences": [vault.audience],
                    "bound_subject": subject,
                    "token_policies": [policy],
                    # what has a lease ends with a batch token
                    "token_type": "batch" if all(map(is_stored, asked.capabilities)) else "service",
                    "token_ttl": f"{_TOKEN_SECONDS}s",
                },
            )
            notes += [f"policy {policy}: read, only on these paths", f"role {role}: for {subject}, at auth/{mount}"]
        now = int(time.time())
        claims = {"sub": subject, "aud": [vault.audience], "iat": now, "nbf": now, "exp": now + _TOKEN_SECONDS}
        yield Prepared(mount, jwt.encode(claims, key, algorithm="RS256"), tuple(notes))
    finally:
        for path in reversed(undo):
            client.delete(path)


def _mount_of(vault: DemoVault) -> str:
    """Return the auth method's mount: the author's, or one that no other Vault of the demo has."""
    (_, spec), *_ = vault.parts
    return (spec.login.auth_mount or f"{_MOUNT}-{vault.name}").strip("/")


def _sample(keys: Iterable[tuple[str, ...]]) -> dict[str, Any]:
    """Make up values at random, in maps where a key has more than one name."""
    values: dict[str, Any] = {}
    for *above, last in keys:
        place = values
        for name in above:
            if not isinstance(place.get(name), dict):
                place[name] = {}
            place = place[name]
        place.setdefault(last, secrets.token_urlsafe(12))
    return values


def _write_sample(client: VaultClient, path: str, keys: Iterable[tuple[str, ...]], undo: list[str]) -> str:
    """Write a sample secret if there is none. Returns a note."""
    mount, data, name = path.partition("/data/")
    values = _sample(keys)
    try:
        if client.read(path) is not None:
            return f"secret {path}: already exists"
        client.write(path, {"data": values} if data else values)
    except (PathNotFound, PathRefused) as error:
        raise DemoStopped(
            f"there is no secret at {path}, and the demo cannot write one: {error.message}",
            hint="the demo writes only what is missing in KV; in your own Vault it sets up nothing else",
        ) from None
    undo.append(f"{mount}/metadata/{name}" if data else path)
    return f"secret {path}: keys {', '.join(values)}, made up at random"
