"""Create a certificate authority and serving certificates: P-256, backdated.

Both are backdated by two hours, so that a peer whose clock is off by an hour accepts them. The time of creation can be
computed from the certificate.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

BACKDATED = timedelta(hours=2)
_NAME = "omamori"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A certificate and its key, in PEM. `made` is the time of creation, `ends` the end of its validity."""

    certificate: str
    key: str = field(repr=False)
    made: datetime
    ends: datetime


def parse_pair(certificate: bytes, key: bytes) -> KeyPair | None:
    """Parse a pair. None: it is invalid, or key and certificate do not match."""
    try:
        leaf = x509.load_pem_x509_certificate(certificate)
        secret = load_pem_private_key(key, None)
    except (ValueError, TypeError):
        return None
    if _public(leaf.public_key()) != _public(secret.public_key()):
        return None
    return KeyPair(certificate.decode(), key.decode(), leaf.not_valid_before_utc + BACKDATED, leaf.not_valid_after_utc)


def parse_bundle(pem: bytes) -> tuple[str, ...]:
    """Parse certificates one by one; invalid ones are skipped."""
    try:
        return tuple(_pem(each) for each in x509.load_pem_x509_certificates(pem))
    except ValueError:
        return ()


def ends_of(certificate: str) -> datetime:
    """Return the end of a certificate's validity."""
    return x509.load_pem_x509_certificate(certificate.encode()).not_valid_after_utc


def make_authority(now: datetime, life: timedelta) -> KeyPair:
    """Create a certificate authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    # without key identifiers, a verifier tries only the first of two authorities with the same name
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = (
        _builder(now, life, key)
        .subject_name(_name(_NAME))
        .issuer_name(_name(_NAME))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(identifier, critical=False)
    )
    return _pair(builder.sign(key, hashes.SHA256()), key)


def issue(authority: KeyPair, names: Iterable[str], now: datetime, life: timedelta) -> KeyPair:
    """Issue a serving certificate, which expires no later than its authority."""
    signer = x509.load_pem_x509_certificate(authority.certificate.encode())
    signing_key = load_pem_private_key(authority.key.encode(), None)
    assert isinstance(signing_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    listed = list(names)
    builder = (
        _builder(now, min(life, authority.ends - now), key)
        .subject_name(_name(listed[0][:64]))
        .issuer_name(signer.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([_alternative(each) for each in listed]), critical=False)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
    )
    return _pair(builder.sign(signing_key, hashes.SHA256()), key)


def is_issued_by(serving: KeyPair, authority: str) -> bool:
    """Whether a certificate was signed by an authority's key."""
    leaf = x509.load_pem_x509_certificate(serving.certificate.encode())
    try:
        leaf.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.encode()))
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def names_of(serving: KeyPair) -> frozenset[str]:
    """Return the DNS names of a certificate."""
    leaf = x509.load_pem_x509_certificate(serving.certificate.encode())
    try:
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    addresses = map(str, found.get_values_for_type(x509.IPAddress))
    return frozenset([*found.get_values_for_type(x509.DNSName), *addresses])


def _builder(now: datetime, life: timedelta, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + life)
        .public_key(key.public_key())
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pair(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> KeyPair:
    return KeyPair(
        certificate=_pem(certificate),
        key=key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        made=certificate.not_valid_before_utc + BACKDATED,
        ends=certificate.not_valid_after_utc,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _public(key: object) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined,no-any-return]
