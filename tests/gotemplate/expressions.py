"""Generated operands and pipelines. They are mostly of a kind that fits: what a path leads to is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.gotemplate.generated_data import KEYS, STRINGS, RawNumber

if TYPE_CHECKING:
    from random import Random

INT_LITERALS = (
    "0", "1", "2", "3", "-1", "7", "42", "0x1F", "0b101", "0o17", "017", "1_000", "'a'", "'\\n'", "'é'", "'\\x41'",
    "+5", "-0", "'\\u00e9'", "9223372036854775807", "-9223372036854775808", "'\\''", "0X_ff", "8232",
)  # fmt: skip
FLOAT_LITERALS = (
    "1.5", "0.1", "-2.5", "1e3", "1E-7", "3.", ".5", "0x1p-2", "1_0.5", "1e21", "1e20", "123456789.0", "100000.0",
    "0.00001", "5e-324", "-0.0", "1e+6", "0x1.8p1", "2.5", "1.7976931348623157e308",
)  # fmt: skip
BAD_LITERALS = (
    "089",
    "1e1000",
    "9223372036854775808",
    "18446744073709551616",
    "0x",
    "1__0",
    "'ab'",
    '"\\q"',
    "1a",
    "''",
    "0x1.8",
)
FLAGS = ("", "", "", "+", "-", "#", " ", "0", "+0", "-0", "# ", "+#", "#0", "- ")
WIDTHS = ("", "", "", "1", "5", "8", "12", "*", "[1]*", "[2]*")
PRECISIONS = ("", "", "", ".", ".0", ".1", ".2", ".3", ".10", ".*", ".20")
INDEXES = ("", "", "", "", "", "", "[1]", "[2]", "[3]", "[9]", "[x]", "[]", "[")
VERBS = {
    "string": "svqxXvsqT",
    "int": "dvoObxXcqUvdT",
    "float": "vfFgGeEbxXvfgT",
    "bool": "tvT",
    "list": "vvsdqxT",
    "map": "vvsdqxT",
    "nil": "vsdT",
}
ALL_VERBS = "vTtdoObxXeEfFgGsqcUwpZ!é%"


def kind_of(value: Any) -> str:
    """Name the kind of generated data."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "number" if isinstance(value, RawNumber) else "string"
    if isinstance(value, list):
        return "list"
    if len(value) == 1:
        special = {"$int": "int", "$int64": "int", "$uint8": "int", "$float64": "float", "$bytes": "list"}
        return special.get(next(iter(value)), "map")
    return "map"


class Expressions:
    """Makes expressions with data, and variables of known kinds."""

    def __init__(self, random: Random, data: Any) -> None:
        """Find all paths through the data."""
        self.random = random
        self.variables: list[tuple[str, Any]] = []
        self.functions: list[tuple[str, ...]] = []
        self.paths: dict[str, list[tuple[str, Any]]] = {}
        self._walk("$", data)
        self.is_at_root = True  # dot is what $ is

    def _walk(self, path: str, value: Any) -> None:
        kind = kind_of(value)
        self.paths.setdefault(kind, []).append((path, value))
        if kind == "map":
            for key, each in value.items():
                if key in KEYS:
                    self._walk(f"{path}.{key}", each)
                else:
                    self._walk(f"(index {path} {json.dumps(key)})", each)
        elif kind == "list" and isinstance(value, list):
            for position, each in enumerate(value):
                self._walk(f"(index {path} {position})", each)

    def path(self, kind: str) -> str | None:
        """Return a path or variable that leads to a value of a kind."""
        known = [name for name, value in self.variables if kind_of(value) == kind]
        for name, value in self.variables:
            if kind_of(value) == "map":
                known += [f"{name}.{key}" for key, each in value.items() if key in KEYS and kind_of(each) == kind]
        known += [path for path, _value in self.paths.get(kind, ())]
        chosen = self.random.choice(known) if known else None
        is_relative = chosen and chosen.startswith("$.") and self.is_at_root and self.random.random() < 0.6
        return chosen[1:] if chosen and is_relative else chosen

    def any(self, depth: int) -> str:
        """Return an expression of any kind."""
        kinds = ("string", "string", "int", "int", "float", "bool", "list", "map", "number", "nil")
        return self.of(self.random.choice(kinds), depth)

    def of(self, kind: str, depth: int) -> str:
        """Return an expression of a kind, seldom of another."""
        random = self.random
        roll = random.random()
        if roll < 0.005:
            return self.odd(depth)
        if roll < 0.012:
            kind = random.choice(("string", "int", "float", "bool", "list", "map", "nil"))
        if depth > 0 and random.random() < 0.45:
            return self.parenthesized(kind, depth - 1)
        path = self.path(kind)
        if path and random.random() < 0.65:
            return path
        return self.literal(kind) or path or self.literal("string") or '""'

    def odd(self, depth: int) -> str:
        """Return what is often refused."""
        random = self.random
        return random.choice((
            ".", "$", "nil", "$none", "nofunc", ".none", "$.none.none", "(.none).a", ".a.b.c.d", "()", "(nil)",
            ".a .b", random.choice(BAD_LITERALS), "print", "(print)", "printf", "$x.a", "true.a",
            f"({self.any(max(depth - 1, 0))}).a", f"(slice {self.any(0)} {random.choice(INT_LITERALS)})",
            f"(index {self.any(0)} {self.any(0)})", f"(call {self.any(0)})", f"(len {self.any(0)})",
            f"(lt {self.any(0)} {self.any(0)})", f"(eq {self.any(0)} {self.any(0)})", "(and)", "(not)", "1i",
        ))  # fmt: skip

    def literal(self, kind: str) -> str | None:
        """Return a literal of a kind."""
        random = self.random
        if kind == "string":
            text = random.choice(STRINGS)
            if random.random() < 0.15:
                return random.choice(
                    ("`raw\r\n\\n`", '"\\xff\\x41"', '"\\u00e9\\U0001f512"', '"\\101\\a"', "`{{`", '"}}"')
                )
            return json.dumps(text, ensure_ascii=random.random() < 0.3).replace("\\ud83d\\udd12", "\\U0001f512")
        if kind == "int":
            return random.choice(INT_LITERALS)
        if kind == "float":
            return random.choice(FLOAT_LITERALS)
        if kind == "bool":
            return random.choice(("true", "false"))
        return "nil" if kind == "nil" else None

    def parenthesized(self, kind: str, depth: int) -> str:
        """Return a pipeline in parentheses."""
        return f"({self.pipeline(kind, depth)})"

    def pipeline(self, kind: str, depth: int) -> str:
        """Return a pipeline that gives a kind."""
        random = self.random
        maker = {"string": self._string, "int": self._int, "bool": self._bool, "list": self._list}.get(kind)
        if maker and random.random() < 0.85:
            call = maker(depth)
        elif random.random() < 0.5:
            call = self._choice(kind, depth)
        else:
            call = self.of(kind, 0)
            if call == "nil":
                call = "$.none"
        return self._piped(call) if random.random() < 0.3 else call

    def _piped(self, call: str) -> str:
        """Move the last argument of a call in front of a pipe."""
        head, space, last = call.rpartition(" ")
        if (
            not space
            or not head
            or "(" in last
            or ")" in last
            or '"' in last
            or "'" in last
            or "`" in last
            or last == "nil"
        ):
            return call
        if head.count("(") != head.count(")") or head.count('"') % 2 or head.count("`") % 2:
            return call
        return f"{last}{self.random.choice((' | ', '|', ' |'))}{head}"

    def _choice(self, kind: str, depth: int) -> str:
        function = self.random.choice(("and", "or"))
        return f"{function} {self.any(depth)} {self.of(kind, depth)}"

    def _string(self, depth: int) -> str:
        random = self.random
        function = random.choice(("printf", "printf", "printf", "print", "println", "html", "js", "urlquery", "slice"))
        if function == "printf":
            return self._printf(depth)
        if function == "slice":
            text = self.path("string") if random.random() < 0.1 else self.parenthesized("string", depth)
            text = text if text and random.random() < 0.3 else '"pass"'
            bounds = sorted(random.randrange(5) for _ in range(random.randrange(3)))
            return " ".join(("slice", text, *map(str, bounds)))
        return " ".join((function, *(self.any(depth) for _ in range(random.choice((1, 1, 2, 3))))))

    def _printf(self, depth: int) -> str:
        random = self.random
        text = ""
        arguments: list[tuple[str, str]] = []
        for _ in range(random.choice((1, 1, 2, 3))):
            kind = random.choice(("string", "int", "float", "bool", "list", "map", "number", "nil"))
            verbs = VERBS.get(kind, "svq") if random.random() < 0.8 else ALL_VERBS
            text += random.choice(("", "", " ", "x=", "%%"))
            text += (
                "%" + random.choice(FLAGS) + random.choice(INDEXES) + random.choice(WIDTHS) + random.choice(PRECISIONS)
            )
            stars = text.count("*") - sum(each == "star" for each, _ in arguments)
            arguments += [("star", str(random.choice((0, 3, 7, -6, 12)))) for _ in range(stars)]
            text += random.choice(verbs)
            arguments.append(("value", self.of(kind, depth)))
        if random.random() < 0.08:
            arguments = arguments[:-1] if random.random() < 0.5 else [*arguments, ("value", self.any(0))]
        quoted = json.dumps(text, ensure_ascii=False) if random.random() < 0.9 else f"`{text}`"
        return " ".join(("printf", quoted, *(each for _, each in arguments)))

    def _int(self, depth: int) -> str:
        if self.random.random() < 0.3:
            text = self.path("string")
            if text:
                return f"index {text} 0"
        return f"len {self.of(self.random.choice(('string', 'list', 'map')), depth)}"

    def _list(self, _depth: int) -> str:
        path = self.path("list")
        bounds = sorted(self.random.randrange(3) for _ in range(self.random.randrange(4)))
        return " ".join(("slice", path, *map(str, bounds))) if path else "$.none"

    def _bool(self, depth: int) -> str:
        random = self.random
        function = random.choice(("eq", "eq", "ne", "lt", "le", "gt", "ge", "not", "and", "or"))
        if function == "not":
            return f"not {self.any(depth)}"
        if function in ("and", "or"):
            return f"{function} {self.of('bool', depth)} {self.of('bool', depth)}"
        kind = random.choice(
            ("string", "int", "float", "string") if function != "eq" else ("string", "int", "nil", "bool")
        )
        more = f" {self.of(kind, depth)}" if function == "eq" and random.random() < 0.3 else ""
        return f"{function} {self.of(kind, depth)} {self.of(kind, depth)}{more}"
