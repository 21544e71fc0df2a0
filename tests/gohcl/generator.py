"""Texts by their seeds: HCL in all its styles, and the same with something changed."""

from __future__ import annotations

import random
from typing import Any

from tests.support.vault.hcl import Block, Writer

_NAMES = ("a", "b_1", "template", "auto_auth", "é", "true", "x-y", "a.b", "two words", "", "ü8")
_TEXTS = (
    *(
        "",
        "a",
        "a b",
        '{{ with secret "a/b" }}{{ .Data }}{{ end }}',
        "${x}",
        '${ "in" }',
        "a\nb\n",
        "  a\n    b\n",
        "\n",
    ),
    *("é\U0001f512", "$", "$$", "{", "}", "#no", "//no", "\\", "E0T\n", "\t", "'", "<<X", "a\\nb", "\x7f", "\ufeff"),
)
_NUMBERS = (0, 1, -1, 7, 8, 420, 2**31, -(2**63), 2**63 - 1, 0.5, -2.25, 1e9, 1e-7)
# what is put into a text, or taken from it
_PIECES = (
    *(
        '"',
        "\\",
        "${",
        "}",
        "{",
        "[",
        "]",
        ",",
        "=",
        "\n",
        "\r\n",
        "\r",
        "#",
        "//",
        "/*",
        "*/",
        "/",
        "-",
        ".",
        "+",
        "0x",
    ),
    *("08", "1.", ".5", "1e", "1e5", "-.5", "<<E\n", "<<-E\n", "  E\n", "E\n", "E", "\\x41", "\\u00e9", "\\101", "\\q"),
    *(
        "\\U0001f512",
        "\\ud800",
        "\\xff",
        "true",
        "false",
        "null",
        " a ",
        "a=1\n",
        "a{}",
        "\t",
        "\v",
        "\0",
        "\ue123",
        "é",
    ),
    *(
        "<<",
        "<",
        "- 1",
        "1-1",
        "a.b",
        "\\8",
        "\\18",
        "$",
        "$${",
        "٣",
        "_",
        "<<-E\n   a\n  b\n  E\n",
        "<<E \n",
        "x x {}",
    ),
)


def generate(seed: int) -> bytes:
    """Return the text of a seed."""
    chance = random.Random(seed)
    text = Writer(chance).file(_block(chance, 0))
    for _ in range(chance.choice([0, 0, 0, 1, 1, 2, 4])):
        at = chance.randint(0, len(text))
        end = at + chance.choice([0, 0, 1, 1, 3, 10])
        text = text[:at] + chance.choice(["", *_PIECES]) + text[end:]
    octets = text.encode(errors="replace")
    if chance.random() < 0.02 and octets:
        at = chance.randrange(len(octets))
        octets = octets[:at] + bytes([chance.randrange(256)]) + octets[at:]
    return octets


def _block(chance: random.Random, depth: int) -> Block:
    found = Block()
    for _ in range(chance.choice([0, 1, 1, 2, 3])):
        value = _value(chance, depth)
        labels = chance.choice([0, 0, 0, 1, 2]) if isinstance(value, Block) else 0
        found.append(
            (tuple(chance.choice(_NAMES[:4] if chance.random() < 0.6 else _NAMES) for _ in range(labels + 1)), value)
        )
    return found


def _value(chance: random.Random, depth: int) -> Any:
    kinds = ["text", "text", "number", "boolean", *(["block", "block", "list"] if depth < 4 else [])]
    match chance.choice(kinds):
        case "text":
            return chance.choice(_TEXTS)
        case "number":
            return chance.choice(_NUMBERS)
        case "boolean":
            return chance.random() < 0.5
        case "list":
            return [_value(chance, depth + 1) for _ in range(chance.choice([0, 1, 2, 3]))]
        case _:
            return _block(chance, depth + 1)
