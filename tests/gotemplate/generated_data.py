"""Data for generated templates: shapes as secrets have them, values as nobody expects them."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

KEYS = ("a", "b", "c", "data", "user", "Name", "x_1", "n", "items", "é")
ODD_KEYS = ("", "a-b", "a.b", "1", "with space", "ключ")
STRINGS = (
    "", "x", "password", "p4$$ w0rd", "<a href='x'>&\"</a>", "line\nline\ttab", "é\u2028日本🔒", "a\\b\0c\x7f", "123",
    "-1.5", "true", "%d", "`", "\ufeffbom", "\u00ad\u200b", "https://x.y/?q=1&r=2#f", " padded ", "ünï", "\u0301",
    "A" * 40,
)  # fmt: skip
NUMBERS = (
    "0", "1", "-1", "5432", "3.14", "1e3", "1E-7", "-0", "0.1", "12345678901234567890", "9223372036854775807", "1.50",
)  # fmt: skip
FLOATS = (
    "0", "1", "-1.5", "3.14159", "1e6", "1e20", "1e21", "123456789", "1e-5", "0.0001", "5e-324",
    "1.7976931348623157e308", "0.1", "-0", "2.5", "100000", "1234567.25", "5.684341886080802e-14", "9007199254740993",
    "0.5",
)  # fmt: skip
INTS = ("0", "1", "-1", "7", "42", "255", "65", "8232", "128274", "-9223372036854775808", "9223372036854775807")


def value(random: Random, depth: int) -> Any:
    """Return any value."""
    roll = random.random()
    if depth > 0 and roll < 0.2:
        return a_map(random, depth - 1)
    if depth > 0 and roll < 0.38:
        return [value(random, depth - 1) for _ in range(random.choice((0, 1, 2, 2, 3, 4)))]
    return scalar(random)


def scalar(random: Random) -> Any:
    """Return a value that has no others in it."""
    kind = random.choice(("string", "string", "string", "number", "number", "bool", "nil", "typed", "typed", "bytes"))
    if kind == "string":
        return random.choice(STRINGS)
    if kind == "number":
        return RawNumber(random.choice(NUMBERS))
    if kind == "bool":
        return random.random() < 0.5
    if kind == "nil":
        return None
    if kind == "bytes":
        return {"$bytes": base64.b64encode(random.choice((b"", b"ab", b"\xff\xc3\xa9", b"x" * 9))).decode()}
    name, texts = random.choice(
        (
            ("$int", INTS),
            ("$int", INTS),
            ("$float64", FLOATS),
            ("$float64", FLOATS),
            ("$int64", INTS),
            ("$uint8", ("0", "65", "255")),
        )
    )
    return {name: random.choice(texts)}


def a_map(random: Random, depth: int) -> dict[str, Any]:
    """Return a map with some of the keys."""
    keys = random.sample(KEYS, random.choice((0, 2, 3, 4, 5)))
    if random.random() < 0.15:
        keys.append(random.choice(ODD_KEYS))
    return {key: value(random, depth) for key in keys}


class RawNumber(str):
    """A number as it is spelled."""

    __slots__ = ()


def dump(data: Any) -> str:
    """Return the JSON of data; numbers are spelled as they are."""
    if isinstance(data, RawNumber):
        return data
    if isinstance(data, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {dump(each)}" for key, each in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(dump(each) for each in data) + "]"
    return json.dumps(data)
