"""JKS, the key store of Java before PKCS #12 (sun.security.provider.JavaKeyStore and KeyProtector, JDK 17).

It protects a key by SHA-1 alone, which is weak outside of a file that only the application may read; take it only for
what reads nothing else. The date of each entry is 1970: one secret gives the same bytes each time.
"""

from __future__ import annotations

from _hashlib import hmac_digest, openssl_sha1

from vault.agent.render.keystore import der

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.render.keystore.entries import Entries

_MAGIC, _VERSION = 0xFEEDFEED, 2
_KEY, _TRUSTED = 1, 2
_PROTECTION = der.sequence(der.oid("1.3.6.1.4.1.42.2.17.1.1"), der.NULL)
_WHITENER = b"Mighty Aphrodite"
_DIGEST = 20
_EPOCH = bytes(8)  # milliseconds


def render_jks(entries: Entries, password: str) -> bytes:
    """Render a store."""
    octets = password.encode("utf-16-be")
    written = [
        _number(_TRUSTED) + _text(f"ca-{number}") + _EPOCH + _certificate(each)
        for number, each in enumerate(entries.trusted, 1)
    ]
    key = entries.key.reveal()
    if key:
        protected = der.sequence(_PROTECTION, der.octets(_protected(key, octets)))
        chain = _number(len(entries.chain)) + b"".join(map(_certificate, entries.chain))
        written = [_number(_KEY) + _text("key") + _EPOCH + _number(len(protected)) + protected + chain]
    body = _number(_MAGIC) + _number(_VERSION) + _number(len(written)) + b"".join(written)
    return body + openssl_sha1(octets + _WHITENER + body, usedforsecurity=False).digest()


def _protected(key: bytes, password: bytes) -> bytes:
    """Hide a key: XOR with a chain of digests, and one digest of the key behind it."""
    salt = stream = hmac_digest(password, b"salt" + key, "sha256")[:_DIGEST]
    hidden = bytearray()
    for start in range(0, len(key), _DIGEST):
        stream = openssl_sha1(password + stream, usedforsecurity=False).digest()
        hidden += bytes(one ^ other for one, other in zip(key[start : start + _DIGEST], stream, strict=False))
    return salt + bytes(hidden) + openssl_sha1(password + key, usedforsecurity=False).digest()


def _certificate(certificate: bytes) -> bytes:
    return _text("X.509") + _number(len(certificate)) + certificate


def _number(number: int) -> bytes:
    return number.to_bytes(4, "big")


def _text(text: str) -> bytes:
    return len(text).to_bytes(2, "big") + text.encode()
