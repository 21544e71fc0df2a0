"""Whether a secret is in some bytes, in any form in which software leaves one: raw, escaped, hex, URL, base64.

A search that cannot find anything is worse than none, so each call first finds the canary where it was planted.
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from urllib.parse import quote, quote_plus


@dataclass(frozen=True, slots=True)
class Canary:
    """A secret value that occurs nowhere else, of characters that escapes change."""

    value: str

    @classmethod
    def random(cls) -> Canary:
        """Give a new one, which any format can carry but which most escape."""
        return cls(f'canary-{secrets.token_hex(8)}"/é&<{secrets.token_hex(8)}')

    @classmethod
    def plain(cls) -> Canary:
        """Give a new one of letters, digits and dashes, for places that take no others."""
        return cls(f"canary-{secrets.token_hex(16)}")


def occurrences(canary: Canary, searched: bytes) -> tuple[str, ...]:
    """Name the forms in which the canary is in the bytes; empty: it is not there.

    Raises AssertionError if a search does not find the canary in a text made to hold it.
    """
    needles = _needles(canary.value)
    for form, text in _planted(canary.value).items():
        assert any(each in text for each in needles[form]), f"the search for a canary in {form} finds nothing"
    return tuple(form for form, forms in needles.items() if any(each in searched for each in forms))


def _needles(value: str) -> dict[str, tuple[bytes, ...]]:
    raw = value.encode()
    escaped = json.dumps(value, ensure_ascii=False)[1:-1]
    urls = {quote(value, safe=""), quote(value), quote_plus(value)}
    return {
        "raw": (raw,),
        "json": (json.dumps(value)[1:-1].encode(), escaped.encode(), _go_escaped(escaped).encode()),
        "hex": (raw.hex().encode(), raw.hex().upper().encode()),
        "url": tuple(each.encode() for each in urls) + tuple(each.lower().encode() for each in urls),
        **{f"base64 at {offset}": _base64_needles(raw, offset) for offset in range(3)},
    }


def _go_escaped(text: str) -> str:
    """As Go's encoding/json, and so Vault and Kubernetes, write it."""
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _base64_needles(raw: bytes, offset: int) -> tuple[bytes, ...]:
    """Give the digits that do not depend on what stands before and after, in both alphabets."""
    whole = base64.b64encode(b"\0" * offset + raw)
    first = (0, 2, 3)[offset]
    last = len(whole) // 4 * 4 - 4
    middle = whole[first:last]
    return middle, middle.translate(bytes.maketrans(b"+/", b"-_"))


def _planted(value: str) -> dict[str, bytes]:
    raw = value.encode()
    return {
        "raw": b"before " + raw + b" after",
        "json": json.dumps({"password": value}).encode(),
        "hex": (b"\x01" + raw + b"\x02").hex().encode(),
        "url": f"https://vault/?q={quote(value, safe='')}&x=1".encode(),
        **{f"base64 at {offset}": base64.b64encode(b"abcdef"[: 3 + offset] + raw + b"xyz") for offset in range(3)},
    }
