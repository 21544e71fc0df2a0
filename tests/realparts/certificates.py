"""Certificates of a run: one authority a purpose, whose keys die with the run's folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Files of a certificate (with its chain) and its key, in PEM."""

    certificate: Path
    key: Path


class Authority:
    """A certificate authority that keeps what it issues in one folder."""

    def __init__(self, folder: Path, name: str) -> None:
        """Make the folder and a new authority in it."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.root = trustme.CA(organization_name=name)
        """For tests that issue what a real server would not have, such as an expired certificate."""
        self.certificate = folder / "ca.pem"
        """The file to trust."""
        self.root.cert_pem.write_to_path(str(self.certificate))

    def issue(self, file: str, *hosts: str, user: str | None = None, group: str | None = None) -> KeyPair:
        """Issue a certificate for host names and addresses, or for a Kubernetes user (CN) and group (O), or both."""
        # trustme marks the list of hosts as critical, and Go refuses an empty critical one: users get a name, too
        issued = self.root.issue_cert(*(hosts or (f"{file}.invalid",)), common_name=user, organization_name=group)
        pair = KeyPair(self._folder / f"{file}.pem", self._folder / f"{file}.key")
        pair.certificate.write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(str(pair.key))
        return pair


def signing_key(folder: Path) -> KeyPair:
    """Make the key that signs ServiceAccount tokens; `certificate` is the public key alone."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pair = KeyPair(folder / "service-accounts.pub", folder / "service-accounts.key")
    pair.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    pair.certificate.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return pair
