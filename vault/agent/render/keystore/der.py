"""As much of DER (ITU-T X.690) as key stores need: values that are written, and the head of one that is read."""

from __future__ import annotations

SEQUENCE, SET = 0x30, 0x31
_INTEGER, _BIT_STRING, _OCTETS, _NULL, _OBJECT, _BMP = 0x02, 0x03, 0x04, 0x05, 0x06, 0x1E
_LONG = 0x80  # from here on a length is written with the number of its bytes in front


def tlv(tag: int, *contents: bytes) -> bytes:
    """Write a value: tag, length, contents."""
    body = b"".join(contents)
    if len(body) < _LONG:
        return bytes((tag, len(body))) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG | len(length))) + length + body


def sequence(*contents: bytes) -> bytes:
    """Write a SEQUENCE."""
    return tlv(SEQUENCE, *contents)


def integer(number: int) -> bytes:
    """Write an INTEGER that is not negative."""
    return tlv(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def octets(contents: bytes) -> bytes:
    """Write an OCTET STRING."""
    return tlv(_OCTETS, contents)


def bmp_string(text: str) -> bytes:
    """Write a BMPString: UTF-16, big-endian."""
    return tlv(_BMP, text.encode("utf-16-be"))


def oid(dotted: str) -> bytes:
    """Write an OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    body = bytearray()
    for number in (first * 40 + second, *rest):
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.append(number & 0x7F | 0x80)
        body += bytes(reversed(digits))
    return tlv(_OBJECT, bytes(body))


NULL = bytes((_NULL, 0))


def explicit(number: int, contents: bytes) -> bytes:
    """Write a value with a tag of its own in front, constructed: `[number] EXPLICIT`."""
    return tlv(0xA0 | number, contents)


def read(encoded: bytes, start: int = 0) -> tuple[int, bytes, int]:
    """Read a value. Returns its tag, its contents, and where the next begins. Raises ValueError where it is cut off."""
    if len(encoded) < start + 2:
        raise ValueError("a value is cut off")
    tag, length, at = encoded[start], encoded[start + 1], start + 2
    if length >= _LONG:
        size = length & 0x7F
        length, at = int.from_bytes(encoded[at : at + size], "big"), at + size
    if len(encoded) < at + length:
        raise ValueError("a value is cut off")
    return tag, encoded[at : at + length], at + length


def read_all(encoded: bytes) -> list[tuple[int, bytes]]:
    """Read values that follow each other. Raises ValueError."""
    found, at = [], 0
    while at < len(encoded):
        tag, contents, at = read(encoded, at)
        found.append((tag, contents))
    return found
