"""Generated templates that try one thing only, with every kind of value: a verb, a comparison, a literal, tokens."""

from __future__ import annotations

import base64
import json
import math
import struct
from typing import TYPE_CHECKING, Any

from tests.gotemplate.expressions import ALL_VERBS, BAD_LITERALS, FLAGS, FLOAT_LITERALS, INDEXES, INT_LITERALS
from tests.gotemplate.generated_data import dump, scalar, value
from tests.support.vault.gotemplates import FUNCTIONS, Case

if TYPE_CHECKING:
    from random import Random

_VALUES = 12
_FIELDS = (
    "Int64",
    "Float64",
    "String",
    "Int64 1",
    "a",
    "x",
    "Name",
    "Name 1",
    "Data.a",
    "Any",
    "Next",
    "Next.Name",
    "Tags",
)
_RUNES = (
    "ab01 \"\\'`<>&=%\t\n\x00\x1f\x7f\x80"
    "\u00a0\u00ad\u00e9\u0301\u0416\u200b\u2028\u3000\ufeff\ufffd\U0001f512\U000e0001\U0010ffff"
)
_TOKENS = (
    "{{", "}}", "{{-", "-}}", " ", " ", " ", "\n", "|", "(", ")", ".", ".a", "$", "$x", ":=", "=", ",", "if", "else",
    "end", "range", "with", "define", "template", "block", "break", "continue", "nil", "true", "print", "len",
    "index", "eq", '"a"', "`b`", "'c'", "1", "-2", "1.5", "0x", "1i", "{{end}}", "{{else}}", "{{if .}}",
    "{{range .}}", "{{with .}}", '{{define "a"}}', "{{/* c */}}", "{{.}}", "$i, $e := .", "\\", "@", "é", "日",
    "\u00a0", "{{break}}", "{{continue}}", "{{else if 1}}", "{{else with 1}}", '{{template "a"}}', '{{block "b" .}}',
    "{{$x := 1}}", "{{$x}}", "{{$x = 2}}",
)  # fmt: skip


def dense(random: Random) -> Case:
    """Return a template of one of the kinds."""
    maker = random.choice(_MAKERS)
    return maker(random)


def _case(random: Random, text: str, data: Any) -> Case:
    return Case(text.encode(), dump(data), missingkey=random.choice(("default", "zero", "error")))


def _values(random: Random) -> dict[str, Any]:
    """Return values by the names v0 and so on."""
    return {f"v{each}": _value(random) for each in range(_VALUES)}


def _value(random: Random) -> Any:
    roll = random.random()
    if roll < 0.15:
        return {"$float64": _float(random)}
    if roll < 0.25:
        return _text(random)
    if roll < 0.35:
        return {
            random.choice(("$int", "$int64")): str(
                random.getrandbits(random.choice((3, 8, 21, 63))) * random.choice((1, -1))
            )
        }
    if roll < 0.38:
        return {"$record": {"Name": _text(random), "Any": scalar(random), **random.choice(({}, {"a": 1}))}}
    if roll < 0.42:
        return {"$bytes": base64.b64encode(random.randbytes(random.randrange(5))).decode()}
    return scalar(random) if roll < 0.8 else value(random, 2)


def _float(random: Random) -> str:
    """Return a float, often one that is short, a limit, or between two."""
    roll = random.random()
    if roll < 0.3:
        (number,) = struct.unpack("<d", random.randbytes(8))
    elif roll < 0.5:
        number = math.ldexp(random.choice((1, 3, 5, 1 - 2**-53)), random.randrange(-1074, 1000))
    else:
        number = random.randrange(-(10**6), 10**6) / 10 ** random.randrange(9) * 10 ** random.randrange(18)
    return repr(number) if math.isfinite(number) else "0.5"


def _text(random: Random) -> str:
    return "".join(random.choices(_RUNES, k=random.randrange(8)))


def _operand(random: Random) -> str:
    roll = random.random()
    if roll < 0.8:
        return f"$.v{random.randrange(_VALUES)}"
    if roll < 0.9:
        return random.choice(INT_LITERALS)
    if roll < 0.93:
        return f"$.v{random.randrange(_VALUES)}.{random.choice(('Next', 'Next', 'Tags', 'Data', 'Any'))}"
    return random.choice((*FLOAT_LITERALS, "nil", "true", "$.none", '"\\xff\\xe2\\x82"', "`a`", "$"))


def _printfs(random: Random) -> Case:
    lines = []
    for _ in range(random.randrange(1, 12)):
        text = ""
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            text += random.choice(("", " ", "%%", "é")) + "%" + random.choice(FLAGS) + random.choice(FLAGS)
            text += random.choice(INDEXES) + random.choice(("", "", "*", "[1]*", "0", "3", "10", "21", "40", "1000"))
            text += random.choice(("", "", ".", ".0", ".1", ".2", ".5", ".17", ".25", ".*", ".[2]*", ".-1"))
            text += random.choice(INDEXES) + random.choice(ALL_VERBS)
        if random.random() < 0.05:
            text += random.choice(("%", "%5", "%.", "%[1]", "%[", "%*"))
        arguments = " ".join(_operand(random) for _ in range(random.randrange(5)))
        lines.append(f"{{{{printf {json.dumps(text, ensure_ascii=False)} {arguments}}}}}")
    return _case(random, "\n".join(lines), _values(random))


def _prints(random: Random) -> Case:
    lines = []
    for _ in range(random.randrange(1, 8)):
        function = random.choice(("print", "println", "html", "js", "urlquery"))
        lines.append(f"{{{{{function} {' '.join(_operand(random) for _ in range(random.randrange(4)))}}}}}")
    return _case(random, "\n".join(lines), _values(random))


def _comparisons(random: Random) -> Case:
    function = random.choice(("eq", "ne", "lt", "le", "gt", "ge"))
    more = f" {_operand(random)}" if function == "eq" and random.random() < 0.2 else ""
    return _case(random, f"{{{{{function} {_operand(random)} {_operand(random)}{more}}}}}", _values(random))


def _functions(random: Random) -> Case:
    function = random.choice(("index", "slice", "len", "not", "and", "or", "call", "index", "slice"))
    indexes = (*map(str, range(5)), "-1", "nil", '"a"', "1.0", "$.v0", "`é`", "(index `ab` 0)")
    arguments = " ".join(random.choice(indexes) for _ in range(random.randrange(4)))
    text = f"{{{{{function} {_operand(random)} {arguments}}}}}"
    if random.random() < 0.3:
        method = random.choice(_FIELDS)
        text = f"{{{{$.v{random.randrange(_VALUES)}.{method}}}}}"
    if random.random() < 0.2:
        bounds = " ".join(sorted(random.choice("01234") for _ in range(random.randrange(4))))
        more = " ".join(sorted(random.choice("01234") for _ in range(random.randrange(4))))
        return _case(
            random, f"{{{{printf `%#v` (slice (slice {_operand(random)} {bounds}) {more})}}}}", _values(random)
        )
    if random.random() < 0.3:
        source = f"slice {_operand(random)} {arguments}"
        text = f"{{{{range $i, $e := {source}}}}}{{{{$i}}}}{{{{printf `%T%#v` $e $e}}}},{{{{end}}}}"
    return _case(random, text, _values(random))


def _calls(random: Random) -> Case:
    """Call functions whose parameters have types."""
    name = random.choice((*FUNCTIONS, "takesInts", "takesInts", "gives"))
    literals = (
        *INT_LITERALS,
        *FLOAT_LITERALS,
        '"a"',
        "true",
        "nil",
        "300",
        "-129",
        "$.none",
        "(gives nil)",
        "(gives $.v0)",
    )
    operands = [random.choice(literals) if random.random() < 0.5 else _operand(random)]
    if name == "takesInts" or random.random() < 0.1:
        operands += [random.choice(literals) for _ in range(random.randrange(3))]
        operands[0] = '"a"' if random.random() < 0.8 else operands[0]
    text = " ".join((name, *operands))
    if random.random() < 0.3 and operands[-1] != "nil":
        text = f"{operands[-1]} | {' '.join((name, *operands[:-1]))}"
    return _case(random, f"{{{{{text}}}}}", _values(random))


def _literals(random: Random) -> Case:
    digits = "".join(random.choices("0123456789abefxXoOpPi_.+-eE", k=random.randrange(1, 6)))
    escape = "".join(random.choices("\\x01u9Uabfnrtv\"'7é3", k=random.randrange(1, 7)))
    literal = random.choice((
        random.choice("123456789+-.0") + digits, random.choice("0123456789") + digits,
        f"{random.randrange(10**6)}.{random.randrange(10**6)}e{random.randrange(-320, 320)}",
        f"0x{random.getrandbits(60):x}.{random.getrandbits(20):x}p{random.randrange(-1080, 1000)}",
        str(random.getrandbits(65) - 2**64), f'"{escape}"', f"'{escape}'", f"'\\{escape}'", f"`{escape}`",
        *BAD_LITERALS,
    ))  # fmt: skip
    return _case(random, f"{{{{{literal}}}}} {{{{printf `%T %#v` {literal} {literal}}}}}", {})


def _tokens(random: Random) -> Case:
    text = "".join(random.choice(_TOKENS) + random.choice(("", " ")) for _ in range(random.randrange(1, 14)))
    if random.random() < 0.5:
        text = "{{" + text + "}}"
    return _case(random, text, {"a": [1, "x"]})


_MAKERS = (_printfs, _printfs, _prints, _comparisons, _functions, _functions, _calls, _literals, _tokens, _tokens)
