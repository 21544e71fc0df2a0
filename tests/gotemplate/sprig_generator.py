"""Generated templates with the functions of sprig, and of Consul-Template in their arguments."""

from __future__ import annotations

import base64
from random import Random

from tests.gotemplate import sprig_values
from tests.gotemplate.consul_generator import SIGNATURES, Maker, quoted
from tests.gotemplate.consul_values import a_map, text, tree
from tests.gotemplate.generated_data import dump
from tests.gotemplate.sprig_signatures import OWN_SIGNATURES, SPRIG_SIGNATURES
from tests.gotemplate.yaml_texts import yaml
from tests.support.vault.gotemplates import Case

ASKED = SPRIG_SIGNATURES | OWN_SIGNATURES
ALL = SIGNATURES | {"indent": (("count", "string"), "string"), "loop": (("count", "count"), "loop")} | ASKED
FRESH = ("(data).m", "(data).n", "(data).m", "(data).n", "(index (data).l 1)", '(sprig_dict "a" 1 "b" (data).m)')
TIMESTAMPS = (
    '{{regexMatch "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$" timestamp}}',
    '{{regexMatch "^[0-9]{10}$" (timestamp "unix")}}', '{{len (timestamp "2006-01-02 15:04:05.000 -0700")}}',
    '{{len (timestamp "Jan 02 Mon 03PM MST 002")}}', '{{timestamp ""}}', '{{timestamp "Z07:00 x"}}', "{{timestamp 1}}",
    '{{timestamp "a" "b"}}', '{{timestamp "MST -07:00:00 é"}}',
)  # fmt: skip
# they are refused more often than others
RARE = (
    "mustDateModify", "must_date_modify", "mustToDate", "slice", "mustSlice", "semver", "semverCompare", "substr",
    "hasKey", "keys", "values", "pick", "omit", "regexFindAll", "mustRegexFindAll", "regexSplit", "mustRegexSplit",
    "mod",
    "div", "divf", "fail",
    "randInt", "chunk", "mustChunk", "dig", "mustFromJson", "unixEpoch", "toDate", "urlParse", "urlJoin",
)  # fmt: skip
AGO = (
    "{{sprig_ago nil}}", '{{sprig_ago "1"}}', '{{regexMatch "^-?[0-9]+h[0-9]+m[0-9]+s$" (sprig_ago 7)}}',
    '{{regexMatch "^[0-9]+h[0-9]+m[0-9]+s$" (sprig_ago (sprig_toDate "2006" "1999"))}}', "{{sprig_ago 1.5}}",
    "{{sprig_ago -9223372036854775808}}", '{{sprig_durationRound (sprig_toDate "2006-01-02" "1999-01-01")}}',
    '{{regexMatch "^-" (sprig_ago 9000000000)}}',
    '{{regexMatch "y$" (sprig_durationRound (sprig_toDate "2006" "2990"))}}',
)  # fmt: skip

YAML_FORMS = (
    "printf `%#v` (parseYAML {})", "printf `%#v` (parseYAML {})", "toYAML (parseYAML {})", "toJSON (parseYAML {})",
    "index (parseYAML {}) `a`", "index (parseYAML {}) 1", "(parseYAML {}).a", "toTOML (parseYAML {})",
    "range $k, $v := parseYAML {}}}}}{{{{$k}}}}={{{{$v}}}};{{{{end", "sprig_typeOf (parseYAML {})",
)  # fmt: skip


def generate_with_sprig(seed: int) -> Case:
    """Return the template of a seed; the same in each run."""
    random = Random(seed)
    data = {
        "m": a_map(random, 3),
        "n": a_map(random, 2),
        "v": tree(random, 2),
        "l": [tree(random, 1) for _ in range(3)],
    }
    maker = _SprigMaker(random, ALL)
    shown = "".join(maker.statement() for _ in range(random.choice((1, 1, 1, 2))))
    defined = '{{define "t"}}<{{toJSON .}}>{{end}}' if '"t"' in shown else ""
    return Case(f"{{{{$d := data}}}}{defined}{shown}".encode(), dump(data), missingkey="zero")


class _SprigMaker(Maker):
    """Makes statements whose outermost function is one that is asked for."""

    def statement(self) -> str:
        random = self._random
        roll = random.random()
        if roll < 0.006:
            return random.choice(TIMESTAMPS)
        if roll < 0.012:
            return random.choice(AGO)
        if roll < 0.06:
            return "{{" + random.choice(YAML_FORMS).format(self._yaml()) + "}}"
        name = random.choice((*ASKED, *(f"sprig_{each}" for each in (*RARE, *RARE[:8], *RARE[:8]))))
        if name == "sprig_fail" and random.random() < 0.7:
            return f"{{{{if false}}}}{{{{{self._call(name, 1)}}}}}{{{{end}}}}"
        call = self._call(name, 2)
        result = self._signatures[name][1]
        if result == "time" and random.random() < 0.6:
            return f"{{{{({call}).{self._method()}}}}}"
        if result == "version" and random.random() < 0.5:
            return f"{{{{({call}).{self._version_method()}}}}}"
        forms = (
            f"{{{{{call}}}}}",
            f"{{{{{call}}}}}",
            f"{{{{printf `%[1]T %[1]v` ({call})}}}}",
            f"{{{{toJSON ({call})}}}}",
        )
        if result in ("list", "map", "strings") and random.random() < 0.2:  # a range of numbers could have no end
            return f"{{{{range {call}}}}}{{{{.}}}},{{{{end}}}}"
        return random.choice((*forms, f"{{{{printf `%#v` ({call})}}}}"))

    def _method(self) -> str:
        random = self._random
        numbers = ("Unix", "UnixNano", "Year", "Day", "Hour", "Minute", "Second", "Nanosecond", "YearDay", "IsZero")
        return random.choice((*numbers, "UTC", "String", *[f"Format {self._layout()}"] * 12))

    def _version_method(self) -> str:
        random = self._random
        compared = f"(sprig_semver {self._version_text()})"
        order = random.choice(("Compare", "Equal", "GreaterThan", "LessThan", "LessThanEqual", "GreaterThanEqual"))
        parts = ("Major", "Minor", "Patch", "Prerelease", "Metadata", "Original", "String")
        return random.choice((*parts, *[f"{order} {compared}"] * 6))

    def _call(self, name: str, depth: int) -> str:
        random = self._random
        if name == "sprig_shuffle":
            return f'sprig_sortAlpha (sprig_splitList "" (sprig_shuffle {self._of("string", depth - 1)}))'
        if name == "sprig_randInt":
            least = random.randrange(-3, 9)
            return f"sprig_randInt {least} {least + random.choice((-1, 0, 1, 1, 1))}"
        if name in ("sprig_keys", "sprig_values"):
            return f"sprig_sortAlpha ({self._sprig_call(name, depth)})"
        if name not in SPRIG_SIGNATURES:
            return super()._call(name, depth)
        return self._sprig_call(name, depth)

    def _sprig_call(self, name: str, depth: int) -> str:
        random = self._random
        if name in ("sprig_toDate", "sprig_mustToDate") and random.random() < 0.8:
            return " ".join((name, *map(quoted, random.choice(sprig_values.FITTING))))
        arguments: list[str] = []
        for kind in self._signatures[name][0]:
            count = random.choice((0, 1, 1, 2, 3)) if kind.startswith("*") else 1
            arguments.extend(self._of(kind.lstrip("*"), depth - 1) for _ in range(count))
        if random.random() < 0.02 and arguments:
            arguments.pop()
        if arguments and arguments[-1] != "nil" and random.random() < 0.3:
            return f"{arguments[-1]} | {' '.join((name, *arguments[:-1]))}"
        return " ".join((name, *arguments))

    def _text_of(self, texts: tuple[str, ...]) -> str:
        return quoted(sprig_values.piece(self._random, texts))

    def _yaml(self) -> str:
        return quoted(yaml(self._random))

    def _pattern(self) -> str:
        return self._text_of(sprig_values.PATTERNS)

    def _replacement(self) -> str:
        return quoted(self._random.choice(sprig_values.REPLACEMENTS))

    def _layout(self) -> str:
        return self._text_of(sprig_values.LAYOUTS)

    def _moment(self) -> str:
        return self._text_of(sprig_values.MOMENTS)

    def _length(self) -> str:
        random = self._random
        literals = ("90", "(sprig_int64 90000000000000)", "(sprig_int64 -5000000000)", "nil")
        return random.choice(literals) if random.random() < 0.1 else self._text_of(sprig_values.LENGTHS)

    def _seconds(self) -> str:
        number = self._random.choice(("0", "7", "-61", "3600", "90061", "9223372036854775807", "1.5", "-3599"))
        return self._random.choice((quoted(number), quoted(number), f"(sprig_int64 {number})", number))

    def _time(self) -> str:
        random = self._random
        pairs = (
            ("2006-01-02", "2020-02-29"), ("2006-01-02T15:04:05.999Z07:00", "1999-12-31T23:59:59.5+05:30"),
            ("2006-002", "2012-366"), ("2006-01-02 MST", "1970-01-01 CET"), ("x", "y"),
            ("2006-01-02 15:04:05 -0700 MST", "2033-05-18 03:33:20 -0930 ABC"),
        )  # fmt: skip
        layout, moment = random.choice(pairs)
        return f"(sprig_toDate {quoted(layout)} {quoted(moment)})"

    def _version(self) -> str:
        return self._version_text()

    def _version_text(self) -> str:
        return self._text_of(sprig_values.VERSIONS)

    def _constraint(self) -> str:
        return self._text_of(sprig_values.CONSTRAINTS)

    def _url(self) -> str:
        return self._text_of(sprig_values.URLS)

    def _urlmap(self) -> str:
        random = self._random
        if random.random() < 0.3:
            return f"(sprig_urlParse {self._url()})"
        parts = {
            "scheme": ("http", "", "x"), "host": ("h", "h:1", "", "a b", "é"),
            "path": ("/a b", "p", "", "a:b", "*", "?"),
            "query": ("q=1", ""), "opaque": ("", "", "o"), "fragment": ("f x", ""),
            "userinfo": ("u:p", "u", "", "a b", "/", "u@"),
        }  # fmt: skip
        chosen = {key: random.choice(texts) for key, texts in parts.items() if random.random() < 0.7}
        entries = " ".join(f"{quoted(key)} {quoted(each)}" for key, each in chosen.items())
        odd = ' "path" 1' if random.random() < 0.05 else ""
        return f"(sprig_dict {entries}{odd})"

    def _path(self) -> str:
        return self._text_of(sprig_values.PATHS)

    def _words(self) -> str:
        return self._text_of(sprig_values.WORDS)

    def _kind(self) -> str:
        return quoted(self._random.choice(sprig_values.KINDS))

    def _float(self) -> str:
        return self._random.choice(sprig_values.FLOATS)

    def _places(self) -> str:
        return self._random.choice(("0", "1", "2", "3", "-1", "10", "2 0.3", "1 0.9", "0 -0.2", "22", "-3"))

    def _count(self) -> str:
        return self._random.choice(("0", "1", "2", "3", "5", "8", "-1", "-4"))

    def _key(self) -> str:
        return self._random.choice(('"a"', '"b"', '"data"', '"c"', '"é"', '"zz"', '"user"', '"host"'))

    def _fresh(self) -> str:
        return self._random.choice(FRESH)

    def _base32(self) -> str:
        random = self._random
        made = base64.b32encode(text(random).encode()).decode()
        if random.random() < 0.3:
            at = random.randrange(len(made) + 1)
            made = made[:at] + random.choice(("", "=", "\n", " ", "1", "a", "A")) + made[at + random.choice((0, 1)) :]
        return quoted(made)

    def _list(self) -> str:
        random = self._random
        if random.random() < 0.5:
            return super()._list()
        return random.choice(
            (
                f"(sprig_list {' '.join(self._any() for _ in range(random.randrange(4)))})",
                "(sprig_list 1 1 `a` `a` nil (data).m (data).m)", self._strings(), "(sprig_until 5)", "(index $d.l 0)",
                "(sprig_list)", "(sprig_list 0 1 false `` `x`)",
            )
        )  # fmt: skip
