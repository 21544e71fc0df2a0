"""The cases of the format properties: names and values, for its real reader, java.util.Properties."""

from __future__ import annotations

import random

_SPECIAL = "=:#!\\ \t\n\r\f\v\x00\x7f\x85\xa0éß€\u2028\ufeff\uffff\U0001f512\U0010ffffaA01,-_/@'\"$`{}%&<>|~*u"
_EDGES = (
    "",
    " ",
    "  a  ",
    "\\",
    "\\\\",
    "\\u0041",
    "a\\\nb",
    "\n",
    "\r\n",
    "#x",
    "!x",
    "=",
    ":",
    "a=b",
    "a:b",
    "\t",
    "\f",
)


def property_cases() -> dict[str, str]:
    """Give names and values; the same ones at each call."""
    chosen = random.Random(20_26)
    cases = {edge: edge for edge in _EDGES}
    for character in _SPECIAL:
        cases[f"{character}x{character}"] = f"{character}y{character}"
        cases[character] = character
    for _ in range(1000):
        name = "".join(chosen.choices(_SPECIAL, k=chosen.randrange(12)))
        cases[name] = "".join(chosen.choices(_SPECIAL, k=chosen.randrange(24)))
    assert len(cases) > 900
    return cases
