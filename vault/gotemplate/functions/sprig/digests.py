"""sprig's digests in hexadecimal, and adler32sum in decimal digits."""

from __future__ import annotations

from _hashlib import openssl_sha1, openssl_sha512
from itertools import accumulate

from vault.gotemplate.function import Function
from vault.gotemplate.functions import digests
from vault.gotemplate.values import STRING_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget

_MADE = 128
_MODULUS = 65521  # of RFC 1950


def _sha1sum(budget: Budget, text: bytes) -> bytes:
    budget.step(len(text) >> 8)
    budget.make(_MADE)
    return openssl_sha1(text, usedforsecurity=False).hexdigest().encode()


def _sha512sum(budget: Budget, text: bytes) -> bytes:
    budget.step(len(text) >> 8)
    budget.make(_MADE)
    return openssl_sha512(text).hexdigest().encode()


def _adler32sum(budget: Budget, text: bytes) -> bytes:
    budget.step(len(text) >> 4)
    budget.make(_MADE)
    low = (1 + sum(text)) % _MODULUS
    high = (sum(accumulate(text, initial=1)) - 1) % _MODULUS
    return b"%d" % (high << 16 | low)


FUNCTIONS = {
    "sprig_adler32sum": Function(_adler32sum, STRING_TYPE),
    "sprig_sha1sum": Function(_sha1sum, STRING_TYPE),
    "sprig_sha256sum": digests.FUNCTIONS["sha256Hex"],
    "sprig_sha512sum": Function(_sha512sum, STRING_TYPE),
}
