"""A real Vault-compatible server with what tests need: KV of both versions, jwt logins, a policy and roles.

- `secret/` is KV version 2, `kv1/` version 1; both have `shop/db`.
- `auth/jwt` trusts tokens signed by `signing_key`; role shop.checkout gives batch, shop.service service tokens.
- The policy `shop` lets them read both, and use what pki and transit engines a test mounts.
"""

from __future__ import annotations

import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import jwt
import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from vault.client import VaultClient
from vault.contract.plan import Session
from vault.embedded import embedded_vault

AUDIENCE = "vault"
DATABASE = {"username": "shop", "password": "p w"}
_POLICY = """
path "secret/data/shop/*" { capabilities = ["read"] }
path "secret/metadata/shop/*" { capabilities = ["read"] }
path "secret/shop/*" { capabilities = ["read"] }
path "kv1/*" { capabilities = ["read"] }
path "cubbyhole/*" { capabilities = ["read", "update"] }
path "pki/issue/*" { capabilities = ["update"] }
path "transit/encrypt/*" { capabilities = ["update"] }
"""


@dataclass(frozen=True)
class TlsFiles:
    """A certificate and its key, in PEM."""

    certificate: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """What a server needs."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def issue(authority: trustme.CA, folder: Path, *names: str, **options: Any) -> TlsFiles:
    """Issue a certificate into a folder."""
    leaf = authority.issue_cert(*names, **options)
    files = TlsFiles(folder / "tls.crt", folder / "tls.key")
    files.certificate.write_bytes(b"".join(each.bytes() for each in leaf.cert_chain_pems))
    leaf.private_key_pem.write_to_path(files.key)
    return files


def hashed(ca_pem: str, folder: Path) -> Path:
    """Make a directory of certificates as `openssl rehash` leaves it."""
    folder.mkdir()
    (folder / "ca.pem").write_text(ca_pem)
    command = ["openssl", "x509", "-hash", "-noout", "-in", str(folder / "ca.pem")]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    (folder / f"{found.stdout.strip()}.0").symlink_to("ca.pem")
    return folder


@dataclass(frozen=True)
class VaultServer:
    """The server, and the keys to it. `client` may do everything."""

    address: str
    root_token: str = field(repr=False)
    folder: Path
    authority: trustme.CA
    ca_file: Path
    client: VaultClient
    signing_key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def ca_pem(self) -> str:
        """The certificate of the server's CA."""
        return self.authority.cert_pem.bytes().decode()

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        token: str = "",
        namespace: str = "",
        wrap: str = "",
    ) -> httpx.Response:
        """Call the API with any method; with the root token unless another is given. `wrap` is for how long."""
        return httpx.request(
            method,
            f"{self.address}/v1/{path}",
            json=body,
            headers={
                "X-Vault-Token": token or self.root_token,
                "X-Vault-Namespace": namespace,
                **({"X-Vault-Wrap-TTL": wrap} if wrap else {}),
            },
            verify=ssl.create_default_context(cafile=str(self.ca_file)),
        )

    def is_alive(self, token: str) -> bool:
        """Whether a token is still good."""
        return self.call("POST", "auth/token/lookup", {"token": token}).status_code == httpx.codes.OK

    def jwt(self, account: str = "checkout", namespace: str = "shop", audience: str = AUDIENCE) -> str:
        """Give the token that a kubelet would bring."""
        now = int(time.time())
        claims = {
            "iss": "https://kubernetes.default.svc",
            "sub": f"system:serviceaccount:{namespace}:{account}",
            "aud": [audience],
            "iat": now - 10,
            "nbf": now - 10,
            "exp": now + 3600,
            "kubernetes.io": {"namespace": namespace, "serviceaccount": {"name": account, "uid": "5f3a"}},
        }
        return jwt.encode(claims, self.signing_key, algorithm="ES256")

    def session(self, **fields: Any) -> Session:
        """Give a Plan's session for this server, its own by the given fields."""
        token_file = self.folder / "token"
        token_file.write_text(self.jwt())
        usual: dict[str, Any] = {
            "vault": "main",
            "address": self.address,
            "role": "shop.checkout",
            "token_file": str(token_file),
            "auth_kind": "jwt",
            "auth_mount": "jwt",
            "ca_pem": self.ca_pem,
        }
        return Session(**{**usual, **fields})


@contextmanager
def running_vault(folder: Path, authority: trustme.CA) -> Iterator[VaultServer]:
    """Run a server, set up as the head of this file says."""
    tls = issue(authority, folder, "127.0.0.1", "localhost")
    ca_file = folder / "ca.crt"
    authority.cert_pem.write_to_path(ca_file)
    with embedded_vault(folder, tls.certificate, tls.key) as running:
        server = VaultServer(
            address=running.address,
            root_token=running.root_token,
            folder=folder,
            authority=authority,
            ca_file=ca_file,
            client=VaultClient(running.address, running.root_token, ca_file),
            signing_key=ec.generate_private_key(ec.SECP256R1()),
        )
        set_up(server)
        yield server


def set_up(server: VaultServer) -> None:
    """Write what the head of this file lists; `secret/` must be there."""
    write = server.client.write
    write("sys/mounts/kv1", {"type": "kv", "options": {"version": "1"}})
    write("kv1/shop/db", DATABASE)
    write("secret/data/shop/db", {"data": DATABASE})
    write("sys/policies/acl/shop", {"policy": _POLICY})
    server.client.enable_auth("jwt", "jwt")
    write("auth/jwt/config", {"jwt_validation_pubkeys": [public_pem(server.signing_key)]})
    for name, kind in {"shop.checkout": "batch", "shop.service": "service"}.items():
        write(
            f"auth/jwt/role/{name}",
            {
                "role_type": "jwt",
                "user_claim": "sub",
                "bound_audiences": [AUDIENCE],
                "bound_subject": "system:serviceaccount:shop:checkout",
                "token_policies": ["shop"],
                "token_type": kind,
                "token_ttl": "10m",
            },
        )


def public_pem(key: ec.EllipticCurvePrivateKey) -> str:
    """Give the public half of a key."""
    encoding, shape = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(encoding, shape).decode()
