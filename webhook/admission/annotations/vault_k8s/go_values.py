"""Parse the values of annotations as vault-k8s does: with Go's strconv and time, and Vault's parseutil.

Facts
- strconv.ParseBool takes twelve words; parseutil takes an empty text for false.
- strconv.ParseInt with base 10 takes a sign, ParseUint none; both are of 64 bits. parseutil takes an empty text for 0.
- time.ParseDuration takes numbers with units, a fraction for each: `1h30m`, `1.5s`, `-2m`; "0" needs no unit. What does
  not go into 64 bits of nanoseconds (292 years) is an error.
- Where Vault itself parses a time (parseutil.ParseDurationSecond), digits alone are seconds.
"""

from __future__ import annotations

import re

from vault.contract.shown import quoted

FALSE_WORDS = ("", "0", "f", "F", "FALSE", "false", "False")
TRUE_WORDS = ("1", "t", "T", "TRUE", "true", "True")

_MOST_CHARACTERS = 64  # of a number or a time, so that parsing it is no work
_SIGNED = re.compile(r"[+-]?[0-9]+")
_UNSIGNED = re.compile(r"[0-9]+")
_FLOAT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_TERM = re.compile(r"([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)")
_NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_MOST = 2**63
_SECOND = 10**9


def parse_bool(text: str) -> bool:
    """Parse one of 1, t, T, TRUE, true, True, and 0, f, F, FALSE, false, False; an empty text is false."""
    if text in TRUE_WORDS:
        return True
    if text in FALSE_WORDS:
        return False
    raise ValueError(f"is {quoted(text)}; write true or false")


def parse_int(text: str) -> int:
    """Parse a whole number of 64 bits; an empty text is 0."""
    if text == "":
        return 0
    number = int(text) if len(text) <= _MOST_CHARACTERS and _SIGNED.fullmatch(text) else _MOST
    if not -_MOST <= number < _MOST:
        raise ValueError(f"is {quoted(text)}; write a whole number")
    return number


def parse_uint(text: str) -> int:
    """Parse a whole number of 64 bits without a sign; an empty text is 0."""
    if text == "":
        return 0
    number = int(text) if len(text) <= _MOST_CHARACTERS and _UNSIGNED.fullmatch(text) else -1
    if not 0 <= number < 2 * _MOST:
        raise ValueError(f"is {quoted(text)}; write a whole number, without a sign")
    return number


def parse_float(text: str) -> float:
    """Parse a decimal number; an empty text is 0."""
    if text == "":
        return 0.0
    if len(text) > _MOST_CHARACTERS or not _FLOAT.fullmatch(text):
        raise ValueError(f"is {quoted(text)}; write a number, for example 0.9")
    return float(text)


def parse_duration(text: str) -> int:
    """Parse a time like `30s`, `1h30m` or `1.5s`. Returns nanoseconds, what is less cut off."""
    written = text[1:] if text[:1] in {"+", "-"} else text
    if written == "0":
        return 0
    total = 0
    position = 0
    while position < len(written) <= _MOST_CHARACTERS:
        found = _TERM.match(written, position)
        if found is None or not (found[1] or found[2]):
            break
        unit = _NANOSECONDS[found[3]]
        fraction = found[2] or ""
        total += int(found[1] or "0") * unit + (int(fraction) * unit // 10 ** len(fraction) if fraction else 0)
        position = found.end()
    if not written or position != len(written) or total >= _MOST:
        raise ValueError(f"is {quoted(text)}; write a time with a unit, for example 30s or 5m")
    return -total if text[0] == "-" else total


def parse_seconds(text: str) -> int | None:
    """Parse a time as Vault's own configuration has it: also digits alone, which are seconds.

    Returns seconds, what is less cut off; None for an empty text.
    """
    if text == "":
        return None
    if len(text) <= _MOST_CHARACTERS and _SIGNED.fullmatch(text):
        return parse_int(text)
    nanoseconds = parse_duration(text)
    return nanoseconds // _SECOND if nanoseconds >= 0 else -(-nanoseconds // _SECOND)
