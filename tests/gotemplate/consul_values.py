"""Data for generated templates with functions: strings that formats have to quote, and trees of values."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from tests.gotemplate.generated_data import FLOATS, INTS, KEYS, NUMBERS, STRINGS, RawNumber

if TYPE_CHECKING:
    from random import Random

WORDS = (
    "yes", "No", "on", "OFF", "true", "False", "null", "~", "y", "N", ".nan", ".inf", "-.INF", "+.inf", "<<", "=", "<",
    "2001-12-14", "2001-2-29", "2004-2-29", "2001-12-14T21:59:43.10Z", "2001-12-14t1:2:3+01:00", "2001-1-2 3:4:5",
    "2001-1-2  3:4:5.5", "2001-13-01", "2001-12-14T21:59:43.10-5", "1999-1-1T24:00:00Z", "12:30:45", "1:2",
    "190:20:30.15", "1:60",
    "0x1F", "0o17", "017", "0b101", "0b+1", "-0b11", "0b2", "1_000", "_1", "1e3", "1e", "+1", "-", "- a", "-a",
    "+1.5e-3", ".5",
    "1.", ".", "..", "...", "---", "--- a", "18446744073709551615", "18446744073709551616",
    "-9223372036854775808", "1e400",
    "?", "? a", "?a", ":", ": a", "a: b", "a:b", "a:", "a #b", "a#b", "#", "# c", ",", "a, b", "[a]", "{a: b}",
    "&a", "*a", "!a",
    "|", ">", "'", '"', "%", "@", "`", "it's", "a\nb", "a\n", "\na", "\n", "\n\n", "a\n\n", " a\nb", "a \nb",
    "a\n b", "\ta", "a\tb",
    "a\rb", "a\r\nb", "a\x85b", "a\u2028b", "\u2028", "a\u2029 b", "a \u2028b", "\x00", "\x1b[0m", "\x7f",
    "\ufeffa", "é", "日本語",
    "🔒", "\ue000", "\ufffd", "\ufffe", "a\xa0b", " a", "a ", " ", "a  b", "word " * 30, "a\u2028word " * 12,
    "'word " * 20 + "x",
    "🔒word " * 20, "word: " * 20 + "x", "x" * 128, "x" * 129, "é" * 65, "a\nb c", "key with space", "a.b",
    "a-b", "a_b", "<a&b>",
)  # fmt: skip
PIECES = (
    "a", "b", "B", " ", " ", ",", ";", ":", ".", "/", "-", "_", "\n", "\t", "1", "0", "9", "é", "ß", "ǆ", "Σ", "İ", "ᾳ",
    "x", "'", '"', "\\", "#", "=", "\u2028", "\xa0", "Ж", "ﬁ", "aa", "ab",
)  # fmt: skip


def text(random: Random) -> str:
    """Return a string."""
    roll = random.random()
    if roll < 0.45:
        return random.choice(WORDS)
    if roll < 0.65:
        return random.choice(STRINGS)
    return "".join(random.choices(PIECES, k=random.choice((0, 1, 2, 3, 5, 8, 13, 40))))


def key(random: Random) -> str:
    """Return a map's key."""
    roll = random.random()
    if roll < 0.5:
        return random.choice(KEYS)
    if roll < 0.8:
        return random.choice(
            ("a1", "a10", "a2", "a02", "1", "10", "2", "a/b", "a/b/c", "a", "b/", "/", "//x", "A", "_")
        )
    return text(random)


def scalar(random: Random) -> Any:
    """Return a value that has no others in it."""
    roll = random.random()
    if roll < 0.5:
        return text(random)
    if roll < 0.6:
        return RawNumber(random.choice((*NUMBERS, "1e400", "-9223372036854775809")))
    if roll < 0.7:
        return {"$float64": random.choice((*FLOATS, "1e22", "-1e-7", "1e100", "1234567890123456789012"))}
    if roll < 0.82:
        return random.choice(({"$int": random.choice(INTS[:6])}, {"$int64": random.choice(INTS[:6])}, {"$uint8": "65"}))
    if roll < 0.86:
        return {"$bytes": base64.b64encode(random.choice((b"", b"ab", b"\xff\xc3"))).decode()}
    return None if roll < 0.9 else random.random() < 0.5


def tree(random: Random, depth: int) -> Any:
    """Return any value."""
    roll = random.random()
    if depth > 0 and roll < 0.3:
        return a_map(random, depth - 1)
    if depth > 0 and roll < 0.5:
        maker = random.choice((tree, tree, a_map))
        return [maker(random, depth - 1) for _ in range(random.choice((0, 1, 2, 3)))]
    return scalar(random)


def a_map(random: Random, depth: int) -> dict[str, Any]:
    """Return a map."""
    made = {key(random): tree(random, depth) for _ in range(random.choice((0, 1, 2, 3, 4)))}
    return {} if len(made) == 1 and next(iter(made)).startswith("$") else made
