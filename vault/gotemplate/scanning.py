"""Where names and numbers of a template end. Positions are in bytes."""

from __future__ import annotations

from vault.gotemplate.utf8 import decode_rune, is_letter_or_digit

SPACES = b" \t\r\n"
DECIMAL_DIGITS = b"0123456789"
LAST_ASCII = 0x7E

_NAME_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_AFTER_NAME = b" \t\r\n.,|:)("  # beside the right delimiter
_BASED_DIGITS = (
    (b"xX", b"0123456789abcdefABCDEF_", b"pP"),
    (b"oO", b"01234567_", b""),
    (b"bB", b"01_", b""),
)


def name_end(text: bytes, at: int) -> int:
    """Return where letters, digits and underscores end."""
    while at < len(text):
        if text[at] in _NAME_BYTES:
            at += 1
            continue
        rune, width = decode_rune(text, at)
        if text[at] <= LAST_ASCII or not is_letter_or_digit(rune):
            break
        at += width
    return at


def ends_name(text: bytes, right: bytes, at: int) -> bool:
    """Say whether what is at `at` may follow a name; `right` is the right delimiter."""
    return at >= len(text) or text[at] in _AFTER_NAME or text.startswith(right, at)


def number_end(text: bytes, at: int) -> tuple[int, bool]:
    """Return where something that looks like a number ends, and whether nothing is attached to it.

    Whether it is a number is not said: 089 and 0x0.2 look like one.
    """
    at = _one(text, at, b"+-")
    digits, exponent = b"0123456789_", b"eE"
    if text[at : at + 1] == b"0":
        at += 1
        for letters, others, mark in _BASED_DIGITS:
            if text[at : at + 1] and text[at] in letters:
                at, digits, exponent = at + 1, others, mark
                break
    at = _run(text, at, digits)
    if text[at : at + 1] == b".":
        at = _run(text, at + 1, digits)
    if _one(text, at, exponent) > at:
        at = _run(text, _one(text, at + 1, b"+-"), b"0123456789_")
    at = _one(text, at, b"i")
    rune, width = decode_rune(text, at)
    if width and is_letter_or_digit(rune):
        return at + width, False
    return at, True


def _one(text: bytes, at: int, allowed: bytes) -> int:
    return at + 1 if at < len(text) and text[at] in allowed else at


def _run(text: bytes, at: int, allowed: bytes) -> int:
    while at < len(text) and text[at] in allowed:
        at += 1
    return at
