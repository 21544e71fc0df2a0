"""PKCS #12 (RFC 7292) as keytool of JDK 17 writes it: the key by PBES2 with AES-256, the whole by an HMAC of SHA-256.

The certificates are not encrypted: they are no secret, and readers take them so (JDK's keystore.pkcs12.certProtection-
Algorithm NONE; `openssl pkcs12 -certpbe NONE`).

Facts
- Java takes a certificate for a trusted one only with the attribute 2.16.840.1.113894.746875.1.1
  (sun.security.pkcs12.PKCS12KeyStore, TrustedKeyUsage_OID).
- Java's passwords for it are printable ASCII (com.sun.crypto.provider.PBEKey).
- Its chain is found by the names of issuers, the key's certificate by the same localKeyId.
"""

from __future__ import annotations

from _hashlib import hmac_digest, openssl_sha256, pbkdf2_hmac

from vault.agent.render.keystore import der
from vault.agent.render.keystore.aes import encrypt_cbc
from vault.contract.errors import NotRepresentable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.render.keystore.entries import Entries

_ITERATIONS = 10_000  # as keytool
_BLOCK, _DIGEST = 64, 32  # of SHA-256, in bytes
_MAC_KEY = 3  # what the key is derived for (RFC 7292, B.3)

_DATA = "1.2.840.113549.1.7.1"
_KEY_BAG, _CERT_BAG = "1.2.840.113549.1.12.10.1.2", "1.2.840.113549.1.12.10.1.3"
_X509 = "1.2.840.113549.1.9.22.1"
_FRIENDLY_NAME, _LOCAL_KEY_ID = "1.2.840.113549.1.9.20", "1.2.840.113549.1.9.21"
_TRUSTED_KEY_USAGE, _ANY_USAGE = "2.16.840.1.113894.746875.1.1", "2.5.29.37.0"
_SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"), der.NULL)
_HMAC_SHA256 = der.sequence(der.oid("1.2.840.113549.2.9"), der.NULL)
_PBES2, _PBKDF2, _AES256 = "1.2.840.113549.1.5.13", "1.2.840.113549.1.5.12", "2.16.840.1.101.3.4.1.42"


def render_pkcs12(entries: Entries, password: str) -> bytes:
    """Render a store. Raises NotRepresentable for a password that Java does not take."""
    if not (password.isascii() and password.isprintable()):
        raise NotRepresentable(
            "the password has a character that is not printable ASCII, which Java does not take for PKCS #12",
            hint="store another password, or take the format jks",
        )
    bags = [_certificate(each, name=f"ca-{number}", trusted=True) for number, each in enumerate(entries.trusted, 1)]
    key = entries.key.reveal()
    if key:
        identity = openssl_sha256(entries.chain[0]).digest()[:20]
        own, *issuers = entries.chain
        bags = [_key(key, password, identity), _certificate(own, identity=identity)]
        bags += map(_certificate, issuers)
    contents = der.sequence(_data(der.sequence(*bags)))
    return der.sequence(der.integer(3), _data(contents), _mac(contents, password))


def _data(contents: bytes) -> bytes:
    return der.sequence(der.oid(_DATA), der.explicit(0, der.octets(contents)))


def _key(key: bytes, password: str, identity: bytes) -> bytes:
    octets = password.encode()
    salt, vector = _of(b"salt", octets, key)[:20], _of(b"vector", octets, key)[:16]
    derived = pbkdf2_hmac("sha256", octets, salt, _ITERATIONS, 32)
    derivation = der.sequence(
        der.oid(_PBKDF2), der.sequence(der.octets(salt), der.integer(_ITERATIONS), der.integer(32), _HMAC_SHA256)
    )
    cipher = der.sequence(der.oid(_AES256), der.octets(vector))
    algorithm = der.sequence(der.oid(_PBES2), der.sequence(derivation, cipher))
    encrypted = der.sequence(algorithm, der.octets(encrypt_cbc(derived, vector, key)))
    return _bag(_KEY_BAG, encrypted, name="key", identity=identity)


def _certificate(certificate: bytes, *, name: str = "", identity: bytes = b"", trusted: bool = False) -> bytes:
    contents = der.sequence(der.oid(_X509), der.explicit(0, der.octets(certificate)))
    return _bag(_CERT_BAG, contents, name=name or ("key" if identity else ""), identity=identity, trusted=trusted)


def _bag(kind: str, contents: bytes, *, name: str = "", identity: bytes = b"", trusted: bool = False) -> bytes:
    attributes = []
    if name:
        attributes.append(_attribute(_FRIENDLY_NAME, der.bmp_string(name)))
    if identity:
        attributes.append(_attribute(_LOCAL_KEY_ID, der.octets(identity)))
    if trusted:
        attributes.append(_attribute(_TRUSTED_KEY_USAGE, der.oid(_ANY_USAGE)))
    last = [der.tlv(der.SET, *sorted(attributes))] if attributes else []  # a SET in DER is sorted
    return der.sequence(der.oid(kind), der.explicit(0, contents), *last)


def _attribute(kind: str, value: bytes) -> bytes:
    return der.sequence(der.oid(kind), der.tlv(der.SET, value))


def _mac(contents: bytes, password: str) -> bytes:
    # without the password: beside the contents, which are open, it would let a guess pass the iterations by
    salt = openssl_sha256(b"mac" + contents).digest()[:20]
    digest = hmac_digest(derive_key(password, salt, _MAC_KEY, _ITERATIONS), contents, "sha256")
    return der.sequence(der.sequence(_SHA256, der.octets(digest)), der.octets(salt), der.integer(_ITERATIONS))


def derive_key(password: str, salt: bytes, purpose: int, iterations: int) -> bytes:
    """Derive the 32 bytes of one digest from a password (RFC 7292, B.2)."""
    text = f"{password}\0".encode("utf-16-be")
    digest = openssl_sha256(bytes([purpose]) * _BLOCK + _filled(salt) + _filled(text)).digest()
    for _ in range(iterations - 1):
        digest = openssl_sha256(digest).digest()
    return digest


def _filled(octets: bytes) -> bytes:
    """Repeat octets up to whole blocks."""
    size = -(-len(octets) // _BLOCK) * _BLOCK
    return (octets * (size // len(octets) + 1))[:size]


def _of(purpose: bytes, password: bytes, contents: bytes) -> bytes:
    """Make what is random elsewhere: it can be foreseen only by who knows the password and the contents, a key."""
    return hmac_digest(password, purpose + contents, "sha256")
