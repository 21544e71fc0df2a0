"""The TTL that an answer states for its own values, where there is no lease: nobody tells us when it has ended.

Only the keys of an answer that an engine made are read, never those of a secret that somebody stored. A TTL is stated

- in seconds or as a duration (`ttl`, `token_ttl`, `secret_id_ttl`, `expires_in`);
- as a time (`expiration`, `expires_at`, `expire_time`), in seconds or milliseconds of the epoch, or as RFC 3339;
- in the value itself: a JWT's `exp` (RFC 7519), an OpenSSH certificate's "valid before" (PROTOCOL.certkeys).

What cannot be understood, is 0, or is longer than 31 years states nothing. What has ended already by this node's clock
ends all the same, only that it is not known when.
"""

from __future__ import annotations

import binascii

from vault.agent.api.responses import MOST_SECONDS, Number
from vault.contract import cjson

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

_RELATIVE = ("ttl", "tokenttl", "secretidttl", "expiresin", "timetolive", "validfor", "leaseduration")
_ABSOLUTE = ("notafter", "validuntil", "validbefore", "exp")
_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_MOST_DIGITS = 20
_MILLISECONDS = 10**11  # a time in seconds is below it for 3,000 years
_MOST_CHARACTERS = 64 * 1024
# of an OpenSSH certificate: how many fields the key has, by the begin of its type
_KEY_FIELDS = {"ssh-rsa": 2, "ssh-dss": 4, "ssh-ed25519": 1, "ecdsa-": 2, "sk-ssh-": 2, "sk-ecdsa-": 3}
_FOREVER = 2**64 - 1


def stated_seconds(values: Mapping[str, Any], now: float, unknown: float) -> float | None:
    """Return the seconds until the first of the values ends; None: none of them does.

    `now` is the time since the epoch. `unknown` is given for what has ended already by it.
    """
    ttls = [seconds if seconds > 0 else unknown for seconds in _ttls(values, now)]
    return min((seconds for seconds in ttls if seconds <= MOST_SECONDS), default=None)


def is_counter(name: str, value: object) -> bool:
    """Whether a key counts down: it is another at each answer, and that is no change of the secret."""
    return _is_relative(_plain(name)) and _number(value) is not None


def _ttls(values: Mapping[str, Any], now: float) -> Iterator[float]:
    for name, value in values.items():
        plain = _plain(name)
        if _is_relative(plain):
            seconds = _duration(value) or None
            seconds = None if seconds is None or seconds < 0 else seconds
        elif plain.startswith("expir") or plain in _ABSOLUTE:
            time = _time(value)
            seconds = None if time is None or time <= 0 else time - now
        else:
            seconds = _of_a_text(value, now) if isinstance(value, str) and len(value) <= _MOST_CHARACTERS else None
        if seconds is not None:
            yield seconds


def _plain(name: str) -> str:
    return name[:40].lower().replace("_", "").replace("-", "")


def _is_relative(plain: str) -> bool:
    return plain in _RELATIVE


def _number(value: object) -> float | None:
    """A number, or a text of one; bounded, since whatever counts with it would fail else."""
    if type(value) is int:
        return float(value) if abs(value) < 10**_MOST_DIGITS else None
    text = value.text if isinstance(value, Number) else value
    if not isinstance(text, str) or not 0 < len(text) <= _MOST_DIGITS or not set(text) <= set("0123456789.eE+-"):
        return None
    try:
        return float(text)
    except ValueError:
        return None


def _duration(value: object) -> float | None:
    """Seconds, or a duration as Go writes it: 1h30m0s."""
    seconds = _number(value)
    if seconds is not None or not isinstance(value, str) or len(value) > 2 * _MOST_DIGITS:
        return seconds
    total, digits, unit = 0.0, "", ""
    for character in f"{value} ":
        if unit and (character.isdigit() or character in ". "):
            amount = _number(digits)
            if amount is None or unit not in _UNITS:
                return None
            total, digits, unit = total + amount * _UNITS[unit], "", ""
        if character.isdigit() or character == ".":
            digits += character
        elif digits:
            unit += character
        else:
            return total if character == " " and total else None
    return None


def _time(value: object) -> float | None:
    """A time as seconds of the epoch."""
    number = _number(value)
    if number is not None:
        return number / 1000 if abs(number) >= _MILLISECONDS else number
    return _rfc_3339(value) if isinstance(value, str) else None


def _rfc_3339(text: str) -> float | None:
    """2026-01-02T03:04:05.6Z, or with an offset; by hand, since time.strptime loads the locale."""
    day, zone = text[:19], text[19:].lstrip(".0123456789")
    numbers = [day[start:end] for start, end in ((0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19))]
    if not all(each.isascii() and each.isdigit() for each in numbers) or day[10:11] not in ("T", "t", " "):
        return None
    year, month, of_month, hour, minute, second = map(int, numbers)
    if not (1970 <= year <= 9999 and 1 <= month <= 12 and 1 <= of_month <= 31):  # noqa: PLR2004 - a date
        return None
    # days since 1970 by the civil calendar, whose year begins in March
    years = year - (month <= 2)  # noqa: PLR2004 - January and February belong to the year before
    days = (
        years * 365 + years // 4 - years // 100 + years // 400 + (153 * ((month + 9) % 12) + 2) // 5 + of_month - 719469
    )
    offset = 0
    if zone not in ("Z", "z"):
        digits = zone[1:].replace(":", "")
        if zone[:1] not in ("+", "-") or len(digits) != 4 or not (digits.isascii() and digits.isdigit()):  # noqa: PLR2004
            return None
        offset = (int(digits[:2]) * 60 + int(digits[2:])) * (-60 if zone[0] == "-" else 60)
    return float(days * 86400 + hour * 3600 + minute * 60 + second - offset)


def _of_a_text(text: str, now: float) -> float | None:
    if text.startswith("eyJ") and text.count(".") == 2:  # noqa: PLR2004 - the parts of a JWT
        return _of_a_jwt(text, now)
    if "-cert-v01@openssh.com " in text[:60]:
        return _of_an_ssh_certificate(text, now)
    return None


def _of_a_jwt(token: str, now: float) -> float | None:
    payload = token.split(".")[1].translate({45: 43, 95: 47})  # the alphabet of URLs
    try:
        claims = cjson.loads(binascii.a2b_base64(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        return None
    if not isinstance(claims, dict):
        return None
    ends, begins = _number(claims.get("exp")), _number(claims.get("iat"))
    return None if ends is None else _left(begins, ends, now)


def _of_an_ssh_certificate(text: str, now: float) -> float | None:
    kind, _, encoded = text.strip().partition(" ")
    fields = next((count for begin, count in _KEY_FIELDS.items() if kind.startswith(begin)), None)
    try:
        rest = binascii.a2b_base64(encoded.partition(" ")[0])
    except ValueError:
        return None
    if fields is None:
        return None
    for _ in range(2 + fields):  # the type, a nonce, the key
        rest = _after_a_field(rest)
    rest = rest[12:]  # the serial number, the kind of certificate
    for _ in range(2):  # the id, the principals
        rest = _after_a_field(rest)
    begins, ends = int.from_bytes(rest[:8], "big"), int.from_bytes(rest[8:16], "big")
    return None if len(rest) < 16 or ends == _FOREVER else _left(float(begins) or None, float(ends), now)  # noqa: PLR2004


def _after_a_field(rest: bytes) -> bytes:
    return rest[4 + int.from_bytes(rest[:4], "big") :] if len(rest) >= 4 else b""  # noqa: PLR2004 - its length


def _left(begins: float | None, ends: float, now: float) -> float:
    """What is left, or the whole TTL, where this node's clock has it end already, or begin later."""
    left = ends - now
    if begins is None or 0 < left <= ends - begins:
        return left
    return ends - begins
