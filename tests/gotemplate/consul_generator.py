"""Generated templates with the functions of Consul-Template: calls in calls, with arguments that mostly fit."""

from __future__ import annotations

import base64
import json
from random import Random

from tests.gotemplate.consul_values import a_map, text, tree
from tests.gotemplate.generated_data import dump
from tests.support.vault.gotemplates import Case

Signatures = dict[str, tuple[tuple[str, ...], str]]

# the kinds of a function's arguments, and of what it gives
SIGNATURES: Signatures = {
    "add": (("number", "number"), "number"),
    "base64Decode": (("base64",), "string"),
    "base64Encode": (("string",), "string"),
    "base64URLDecode": (("base64",), "string"),
    "base64URLEncode": (("string",), "string"),
    "contains": (("any", "container"), "bool"),
    "containsAll": (("list", "container"), "bool"),
    "containsAny": (("list", "container"), "bool"),
    "containsNone": (("list", "container"), "bool"),
    "containsNotAll": (("list", "container"), "bool"),
    "divide": (("number", "number"), "number"),
    "executeTemplate": (("definition", "any"), "string"),
    "explodeMap": (("map",), "map"),
    "hmacSHA256Hex": (("string", "string"), "string"),
    "in": (("container", "any"), "bool"),
    "indent": (("int", "string"), "string"),
    "join": (("string", "strings"), "string"),
    "loop": (("int", "int"), "loop"),
    "maximum": (("number", "number"), "number"),
    "md5sum": (("string",), "string"),
    "mergeMap": (("map", "map"), "map"),
    "mergeMapWithOverride": (("map", "map"), "map"),
    "minimum": (("number", "number"), "number"),
    "modulo": (("number", "number"), "number"),
    "multiply": (("number", "number"), "number"),
    "parseBool": (("digits",), "bool"),
    "parseFloat": (("digits",), "number"),
    "parseInt": (("digits",), "number"),
    "parseJSON": (("json",), "any"),
    "parseUint": (("digits",), "number"),
    "replaceAll": (("short", "short", "string"), "string"),
    "sha256Hex": (("string",), "string"),
    "split": (("short", "string"), "strings"),
    "splitToMap": (("short", "short", "string"), "map"),
    "subtract": (("number", "number"), "number"),
    "toJSON": (("any",), "string"),
    "toJSONPretty": (("any",), "string"),
    "toLower": (("string",), "string"),
    "toTOML": (("map",), "string"),
    "toTitle": (("string",), "string"),
    "toUnescapedJSON": (("any",), "string"),
    "toUnescapedJSONPretty": (("any",), "string"),
    "toUpper": (("string",), "string"),
    "toYAML": (("any",), "string"),
    "trim": (("short", "string"), "string"),
    "trimPrefix": (("short", "string"), "string"),
    "trimSpace": (("string",), "string"),
    "trimSuffix": (("short", "string"), "string"),
}
DIGITS = (
    "", "0", "1", "-1", "+7", "007", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
    "1_0", "0x1F",
    "18446744073709551615", "18446744073709551616", "1.5", "1e3", "-.5", "inf", "-Infinity", "nan", "+nan",
    "1e400", "0x1p-2",
    "t", "T", "TRUE", "true", "True", "f", "False", "yes", "é", " 1", "1 ", "99999999999999999999999", "1e", ".", "-",
)  # fmt: skip
BROKEN_JSON = (
    "", " ", "{", "[1,]", "{'a':1}", "nul", "NaN", "1 2", "01", "1.", "-", '"\\ud800"', '"\\ud83d\\udd12"',
    '"\x01"', "1e400",
    '{"a":1,"a":2}', ' {"a" : [ ] } ', '"\\x"', "[1e2,-0,1E+2]", "\ufeff1", '"\\u00e9\\/"', "true", "null", "[",
)  # fmt: skip
TEMPLATES = ('"t"', '"t"', '"t"', '"x"', "1")
EXACT = frozenset(("count",))  # kinds of which another one could make Go's process end
MERGED = ("$d.m", "$d.n", "(data).m", "(data).n", "(data).m.data", "(index (data).l 1)", "(data).missing")


def generate_with_functions(seed: int) -> Case:
    """Return the template of a seed; the same in each run."""
    random = Random(seed)
    data = {
        "m": a_map(random, 3),
        "n": a_map(random, 2),
        "v": tree(random, 2),
        "l": [tree(random, 1) for _ in range(3)],
    }
    maker = Maker(random, SIGNATURES)
    shown = "".join(maker.statement() for _ in range(random.choice((1, 1, 1, 2, 3))))
    defined = '{{define "t"}}<{{toJSON .}}>{{end}}' if '"t"' in shown else ""
    return Case(
        f"{{{{$d := data}}}}{defined}{shown}".encode(),
        dump(data),
        missingkey=random.choice(("zero", "zero", "zero", "error")),
    )


class Maker:
    """Makes the statements of one template."""

    def __init__(self, random: Random, signatures: Signatures) -> None:
        """Take the functions that it may call."""
        self._random = random
        self._signatures = signatures

    def statement(self) -> str:
        """Return a call whose result is shown, or one of the forms below."""
        random = self._random
        roll = random.random()
        if roll < 0.08:
            return self._scratch()
        if roll < 0.14:
            bounds = " ".join(
                random.choice(("0", "1", "3", "-2", '"4"', '"x"', "1.5", "$d.v"))
                for _ in range(random.choice((0, 1, 1, 1, 2, 2, 2, 3)))
            )
            declared = random.choice(("", "$i := ", "$i, $j := "))
            return f"{{{{range {declared}loop {bounds}}}}}{{{{.}}}},{{{{else}}}}none{{{{end}}}}"
        name = random.choice(tuple(self._signatures))
        call = self._call(name, 2)
        if self._signatures[name][1] == "loop":
            return f"{{{{range {call}}}}}{{{{printf `%T` .}}}}{{{{end}}}}"
        return random.choice(
            (f"{{{{{call}}}}}", f"{{{{{call}}}}}", f"{{{{printf `%[1]T %[1]v` ({call})}}}}", f"{{{{toJSON ({call})}}}}")
        )

    def _scratch(self) -> str:
        random = self._random
        key = random.choice(('"a"', '"b"'))
        argument = self._of(random.choice(("any", "string", "map")), 1)
        sets = (f"Set {key}", f"SetX {key}", f'MapSet {key} "x"', f'MapSetX {key} "y"')
        gets = (f"Get {key}", f"Key {key}", f"MapValues {key}")
        method = random.choice((*(f"{each} {argument}" for each in sets), *gets))
        shown = random.choice(("Get", "Key", "MapValues"))
        return f"{{{{scratch.{method}}}}}{{{{scratch.{shown} {key}}}}}"

    def _call(self, name: str, depth: int) -> str:
        """Return a call; its last argument may be piped into it."""
        random = self._random
        if name.startswith("mergeMap"):  # which changes its first one; what has itself in it would end Go's process
            return f"{name} {random.choice(MERGED)} {random.choice(MERGED[2:])}"
        if name == "executeTemplate":  # of itself a template calls none: the same
            return f"{name} {random.choice(TEMPLATES)} {self._of('any', depth - 1)}"
        arguments = [self._of(kind, depth - 1) for kind in self._signatures[name][0]]
        roll = random.random()
        if roll < 0.02:
            arguments.append("1")
        elif roll < 0.04:
            arguments.pop()
        if arguments and random.random() < 0.3:
            return f"{arguments[-1]} | {' '.join((name, *arguments[:-1]))}"
        return " ".join((name, *arguments))

    def _of(self, kind: str, depth: int) -> str:
        """Return an argument of a kind, seldom of another."""
        random = self._random
        if kind not in EXACT and random.random() < 0.03:
            kind = random.choice(("string", "int", "map", "list", "any", "strings", "bool"))
        if depth > 0 and random.random() < 0.4:
            fitting = [name for name, (_arguments, result) in self._signatures.items() if result == kind]
            if fitting:
                return f"({self._call(random.choice(fitting), depth)})"
        return str(getattr(self, f"_{kind}")())

    def _string(self) -> str:
        made = text(self._random)
        if self._random.random() < 0.05:
            return f'(printf "%s\\xff\\xc3%s" {quoted(made)} {quoted(text(self._random))})'
        return quoted(made)

    def _short(self) -> str:
        return quoted(
            self._random.choice(
                ("", "a", "ab", ",", ":", "=", " ", "/", "\n", "é", "aa", "b", "1", ";", "\ufffd", "word")
            )
        )

    def _digits(self) -> str:
        return quoted(self._random.choice(DIGITS))

    def _json(self) -> str:
        random = self._random
        if random.random() < 0.3:
            return quoted(random.choice(BROKEN_JSON))
        plain = json.dumps(tree(random, 2), ensure_ascii=False)
        return quoted(plain if random.random() < 0.9 else plain[: random.randrange(len(plain) + 1)])

    def _base64(self) -> str:
        random = self._random
        made = base64.b64encode(text(random).encode()).decode()
        if random.random() < 0.3:
            made = made.translate(str.maketrans("+/", "-_"))
        if random.random() < 0.3:
            at = random.randrange(len(made) + 1)
            made = (
                made[:at]
                + random.choice(("", "=", "\n", "\r\n", " ", "-", "/", "é", "A"))
                + made[at + random.choice((0, 1)) :]
            )
        return quoted(made)

    def _int(self) -> str:
        return self._random.choice(("0", "1", "2", "3", "4", "7", "-1", "'a'"))

    def _number(self) -> str:
        random = self._random
        literals = (
            "0", "1", "-1", "2", "7", "-3", "9223372036854775807", "-9223372036854775808", "1.5", "-2.5",
            "0.0", "1e308",
            '(parseUint "18446744073709551615")', '(parseUint "3")', "(index `abc` 0)", "(len `abc`)",
            '(parseFloat "nan")',
            '(parseFloat "-0")', '"1"', "true",
        )  # fmt: skip
        return random.choice(literals)

    def _bool(self) -> str:
        return "true"

    def _any(self) -> str:
        random = self._random
        roll = random.random()
        if roll < 0.6:
            return random.choice(("$d.m", "$d.n", "$d.v", "$d.l", "$d.m.a", "$d.n.data", "(index $d.l 0)", "$d", "nil"))
        return self._number() if roll < 0.75 else self._string()

    def _list(self) -> str:
        return self._random.choice(
            ("$d.l", "$d.l", "$d.l", "$d.v", '(parseJSON "[\\"a\\",\\"x\\",1]")', "(slice $d.l 1)")
        )

    def _strings(self) -> str:
        return f"(split {self._short()} {self._string()})"

    def _container(self) -> str:
        return self._random.choice((self._list(), self._string(), self._strings(), self._map(), "nil", "$d.v"))

    def _map(self) -> str:
        return self._random.choice(("$d.m", "$d.n", "$d.m", "$d.n", "$d.l", "(index $d.l 1)", "$d.missing", "nil"))

    def _loop(self) -> str:
        return "(loop 3)"


def quoted(made: str) -> str:
    """Return a literal of Go."""
    return json.dumps(made, ensure_ascii=False)
