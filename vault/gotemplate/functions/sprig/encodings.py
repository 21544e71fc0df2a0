"""sprig's base64 and base32. By choice text that is neither is an error; there the error's text is the result."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.functions import encodings
from vault.gotemplate.values import STRING_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_VALUES = {code: value for value, code in enumerate(_ALPHABET)}
_BYTES, _CHARACTERS = 5, 8  # of a group
_BITS = 5  # of a character
_PADDING = {1: 6, 2: 4, 3: 3, 4: 1, 0: 0}  # by the bytes of the last group
_LENGTHS = {6: 1, 4: 2, 3: 3, 1: 4, 0: 5}  # and the other way
_MADE = 200  # bytes that a group takes while it is made


def _encode(budget: Budget, text: bytes) -> bytes:
    budget.step(len(text) >> 1)
    budget.make(_MADE + 2 * len(text))
    made = bytearray()
    for at in range(0, len(text), _BYTES):
        number = int.from_bytes(text[at : at + _BYTES].ljust(_BYTES, b"\0"), "big")
        made += bytes(_ALPHABET[number >> shift & 31] for shift in range(35, -1, -_BITS))
    padding = _PADDING[len(text) % _BYTES]
    return bytes(made[: len(made) - padding]) + b"=" * padding


def _decode(budget: Budget, text: bytes) -> bytes:
    """Ends of lines may be anywhere; nothing else that is not in the alphabet."""
    budget.step(len(text) >> 1)
    budget.make(_MADE + 2 * len(text))
    text = text.translate(None, b"\r\n")
    body = text.rstrip(b"=")
    padding = len(text) - len(body)
    if len(text) % _CHARACTERS or padding not in _LENGTHS or body.translate(None, _ALPHABET):
        raise Fault("illegal base32 data")
    made = bytearray()
    for at in range(0, len(body), _CHARACTERS):
        number = 0
        for each in body[at : at + _CHARACTERS].ljust(_CHARACTERS, b"A"):
            number = number << _BITS | _VALUES[each]
        made += number.to_bytes(_BYTES, "big")
    return bytes(made[: len(made) - _BYTES + _LENGTHS[padding]]) if padding else bytes(made)


FUNCTIONS = {
    "sprig_b32dec": Function(_decode, STRING_TYPE),
    "sprig_b32enc": Function(_encode, STRING_TYPE),
    "sprig_b64dec": encodings.FUNCTIONS["base64Decode"],
    "sprig_b64enc": encodings.FUNCTIONS["base64Encode"],
}
