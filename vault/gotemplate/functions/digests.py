"""Digests in hexadecimal: of the C code that is under hashlib, which costs a Pod the imports above it.

It is OpenSSL's, which TLS has loaded already.
"""

from __future__ import annotations

from _hashlib import hmac_digest, openssl_md5, openssl_sha256

from vault.gotemplate.function import Function
from vault.gotemplate.values import STRING_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget

_MADE = 64


def _sha256_hex(budget: Budget, text: bytes) -> bytes:
    budget.step(len(text) >> 8)
    budget.make(_MADE)
    return openssl_sha256(text).hexdigest().encode()


def _md5sum(budget: Budget, text: bytes) -> bytes:
    budget.step(len(text) >> 8)
    budget.make(_MADE)
    return openssl_md5(text, usedforsecurity=False).hexdigest().encode()


def _hmac_sha256_hex(budget: Budget, message: bytes, key: bytes) -> bytes:
    budget.step((len(message) + len(key)) >> 8)
    budget.make(_MADE)
    return hmac_digest(key, message, "sha256").hex().encode()


FUNCTIONS = {
    "hmacSHA256Hex": Function(_hmac_sha256_hex, STRING_TYPE, STRING_TYPE),
    "md5sum": Function(_md5sum, STRING_TYPE),
    "sha256Hex": Function(_sha256_hex, STRING_TYPE),
}
