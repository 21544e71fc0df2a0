"""base64, with padding, in the alphabets of RFC 4648. As Go's encoding/base64."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64

from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.values import STRING_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_+/", b"+/\0\0")  # the usual alphabet's own are refused
_MOST_PADDING = 2
_GROUP = 4


def _encode(budget: Budget, text: bytes) -> bytes:
    budget.step(len(text) >> 6)
    budget.make(2 * len(text) + _GROUP)
    return b2a_base64(text, newline=False)


def _url_encode(budget: Budget, text: bytes) -> bytes:
    return _encode(budget, text).translate(_TO_URL)


def _decode(budget: Budget, text: bytes) -> bytes:
    """Ends of lines may be anywhere; nothing else that is not in the alphabet."""
    budget.step(len(text) >> 6)
    budget.make(2 * len(text))
    text = text.translate(None, b"\r\n")
    body = text.rstrip(b"=")
    if len(text) % _GROUP or len(text) - len(body) > _MOST_PADDING or body.translate(None, _ALPHABET):
        raise Fault("illegal base64 data")
    return a2b_base64(text)


def _url_decode(budget: Budget, text: bytes) -> bytes:
    return _decode(budget, text.translate(_FROM_URL))


FUNCTIONS = {
    "base64Decode": Function(_decode, STRING_TYPE),
    "base64Encode": Function(_encode, STRING_TYPE),
    "base64URLDecode": Function(_url_decode, STRING_TYPE),
    "base64URLEncode": Function(_url_encode, STRING_TYPE),
}
