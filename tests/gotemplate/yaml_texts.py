"""Generated documents of YAML: values in every style, with comments and spaces, and some that are slightly wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.gotemplate.consul_values import WORDS, text

if TYPE_CHECKING:
    from random import Random

PIECES = (
    "- ", "-",
    ": ", ":", "\n", "\n  ", "\n- ", "\n    ", "a", "b: ", "c:", "[", "]", "{", "}", ", ", ",", "'", '"',
    "# x", " #", "|", ">", "|\n", ">-\n", "|+2\n", "\t", " ", "  ", "\n\n", "1", "true", "~", "---\n", "...\n", "---",
    "x y",
    "\\n", '"a"', "'b'", "?", "? ", "&", "*a", "!", "%", "@", "é", "\r\n", "\u2028", "a: 1\n", "- b\n", "x: |\n  y\n",
    "{a: 1}", "[1, 2]", "a:\n- 1\n", "'a''b'", '"\\x41\\u00e9"', "\x85",
)  # fmt: skip
KEYS = ("a", "b", "c", "data", "user name", "'q'", '"d"', "1", "8080", "x-y", "é", "a.b", "k1", "k2", "007", "0x1F")
LINES = ("a", "b c", "", " x", "d # e", "f: g", "- h", "\ti", "é", "")
WORDS_IN_FLOW = ("a", "b c", "1", "null", "x:y", "'q'", "-1.5", "a#b")
ENDS = ("", "", "-", "+", "2", "-1", "1+")


def yaml(random: Random) -> str:
    """Return a document."""
    roll = random.random()
    if roll < 0.25:
        made = "".join(random.choices(PIECES, k=random.randrange(1, 14)))
    else:
        made = "\n".join(_block(random, 3, 0))
        if random.random() < 0.1:
            made = random.choice(("---\n", "--- \n", "# c\n", "\n\n", "\ufeff", "---\n# c\n")) + made
        if random.random() < 0.1:
            made += random.choice(("\n...\n", "\n", "\n\n", "\n# c", "\n--- b", "\n...\nx"))
    if random.random() < 0.3:
        for _ in range(random.choice((1, 1, 2))):
            at = random.randrange(len(made) + 1)
            end = at + random.choice((0, 0, 1, 1, 3))
            made = made[:at] + random.choice((*PIECES, "", "", "")) + made[end:]
    return made


def _block(random: Random, depth: int, indent: int) -> list[str]:
    """Return the lines of a value; the first is not indented."""
    roll = random.random()
    if depth == 0 or roll < 0.25:
        return _scalar(random, indent)
    if roll < 0.35:
        return [_flow(random, 2)]
    lines: list[str] = []
    step = random.choice((1, 2, 2, 2, 4))
    for _ in range(random.choice((1, 2, 3))):
        inner = _block(random, depth - 1, indent + step)
        if roll < 0.6:
            lines += [f"-{' ' * max(step - 1, 1)}{inner[0]}", *inner[1:]]
        else:
            lines += _entry(random, inner, step)
        if random.random() < 0.1:
            lines.append(random.choice(("", "# c", "  # c")))
    pad = " " * indent
    return [lines[0], *(pad + each if each else each for each in lines[1:])]


def _entry(random: Random, inner: list[str], step: int) -> list[str]:
    key = random.choice(KEYS) if random.random() < 0.9 else random.choice(WORDS).replace("\n", " ")
    space = random.choice((" ", " ", " ", "  ", ""))
    is_block = len(inner) > 1 or inner[0].startswith(("- ", "a: "))
    if is_block and not inner[0].startswith(("|", ">", '"', "'")):
        is_list = inner[0].startswith("-")
        pad = " " * (0 if is_list and random.random() < 0.5 else step)
        return [f"{key}:{space}", pad + inner[0], *inner[1:]]
    comment = random.choice(("", "", "", " # c"))
    return [f"{key}: {inner[0]}{comment if len(inner) == 1 else ''}", *inner[1:]]


def _scalar(random: Random, indent: int) -> list[str]:
    roll = random.random()
    if roll < 0.35:
        return [random.choice(WORDS).replace("\n", " ")]
    if roll < 0.45:
        return ["'" + text(random).replace("'", "''").replace("\n", " ") + "'"]
    if roll < 0.6:
        return [json.dumps(text(random), ensure_ascii=random.random() < 0.3)]
    pad = " " * (indent + random.choice((0, 1, 2)))
    lines = [random.choice(LINES) for _ in range(random.randrange(1, 5))]
    if roll < 0.8:
        header = random.choice("|>") + random.choice(ENDS) + random.choice(("", "", " # c"))
        return [header, *(pad + each if each else each for each in lines)]
    if roll < 0.9:
        quote = random.choice("'\"")
        return [
            quote + lines[0],
            *(pad + each for each in lines[1:]),
            pad + "z\\" * (quote == '"') + "\n" + pad + quote,
        ]
    return [lines[0].strip() or "w", *(pad + each for each in lines[1:])]


def _flow(random: Random, depth: int) -> str:
    roll = random.random()
    if depth == 0 or roll < 0.4:
        return random.choice((json.dumps(text(random)), random.choice(WORDS_IN_FLOW)))
    items = [_flow(random, depth - 1) for _ in range(random.choice((0, 1, 2, 3)))]
    separator = random.choice((", ", ", ", ",", " , ", ",\n  "))
    if roll < 0.7:
        return f"[{separator.join(items)}{random.choice(('', '', ','))}]"
    pairs = [f"{random.choice(KEYS)}{random.choice((': ', ': ', ':', ' : '))}{each}" for each in items]
    return "{" + separator.join(pairs) + "}"
