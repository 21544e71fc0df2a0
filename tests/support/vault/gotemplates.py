"""A template with its data, and what ours makes of it."""

from __future__ import annotations

import base64
import json
import os
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from vault.gotemplate.data import from_json, number
from vault.gotemplate.errors import Fault, LimitExceeded, TemplateError
from vault.gotemplate.formats import printf
from vault.gotemplate.function import Function
from vault.gotemplate.functions.library import LIBRARY
from vault.gotemplate.limits import Budget
from vault.gotemplate.template import parse
from vault.gotemplate.values import ByteSlice, NilPointer, Sized, Slice, Struct

if TYPE_CHECKING:
    from vault.gotemplate.function import Source

_PLACE = re.compile(r'^template: :\d+(:\d+: executing "[^"]*" at)?')


@dataclass(frozen=True)
class Case:
    """A template and JSON, in which {"$int": "1"} and its like stand for values of other types.

    {"$record": {...}} is a pointer to a struct.
    """

    template: bytes
    data: str = "null"
    left: str = ""
    right: str = ""
    missingkey: str = "default"


class Answer(NamedTuple):
    """The output, or None and why there is none; `is_limit`: it would take too much."""

    output: bytes | None
    error: str = ""
    is_limit: bool = False

    def place(self) -> str:
        """Return where the error is, as Go says it, too."""
        found = _PLACE.match(self.error)
        return found[0] if found else ""


def _came(budget: Budget, value: Any) -> bytes:
    buffer = bytearray()
    printf(buffer, budget.make, b"%T %v;", [value, value])
    return bytes(buffer)


def _ints(budget: Budget, text: bytes, *values: int) -> bytes:
    return _came(budget, text) + _came(budget, Slice(values, type_name="[]int"))


def _gives(_budget: Budget, value: Any) -> Any:
    return value


def _fails(_budget: Budget) -> Any:
    raise Fault("as it should")


# what the oracle has beside the builtin functions: parameters of each type
FUNCTIONS = {
    "takesInt": Function(_came, "int"),
    "takesInt8": Function(_came, "int8"),
    "takesInt64": Function(_came, "int64"),
    "takesUint8": Function(_came, "uint8"),
    "takesUint64": Function(_came, "uint64"),
    "takesFloat": Function(_came, "float64"),
    "takesBool": Function(_came, "bool"),
    "takesString": Function(_came, "string"),
    "takesList": Function(_came, "[]interface {}"),
    "takesMap": Function(_came, "map[string]interface {}"),
    "takesAny": Function(_came, "interface {}"),
    "takesInts": Function(_ints, "string", variadic="int"),
    "gives": Function(_gives, "interface {}"),
    "fails": Function(_fails),
}


class RealChance:
    """The clock and the random bytes of this machine."""

    def bytes(self, count: int) -> bytes:
        """Return random bytes."""
        return os.urandom(count)

    def now(self) -> int:
        """Return the time."""
        return time.time_ns()


class WithConsulTemplate:
    """The functions of Consul-Template, and `data`, which returns a case's data."""

    def __init__(self, data: str) -> None:
        """Take the data as JSON."""
        self._data = Function(lambda _budget: go_value(data))

    def get(self, name: str) -> Function | None:
        """Return a function."""
        return self._data if name == "data" else LIBRARY.get(name)


def ask_ours(case: Case) -> Answer:
    """Return what ours answers; an exception that is none of its own is the test's failure."""
    return _ask(case, FUNCTIONS, go_value(case.data))


def ask_ours_with_functions(case: Case) -> Answer:
    """Return what ours answers where templates have the functions of Consul-Template."""
    return _ask(case, WithConsulTemplate(case.data), None)


def _ask(case: Case, functions: Source, data: Any) -> Answer:
    try:
        delimiters = (case.left.encode(), case.right.encode())
        template = parse(case.template, delimiters=delimiters, functions=functions)
        return Answer(template.execute(data, missing_key=case.missingkey, chance=RealChance()))
    except LimitExceeded as error:
        return Answer(None, str(error), is_limit=True)
    except TemplateError as error:
        return Answer(None, str(error))


def go_value(data: str) -> Any:
    """Return a case's data as a template sees it."""
    return _typed(from_json(json.loads(data, parse_int=number, parse_float=number)))


def _typed(value: Any) -> Any:
    if isinstance(value, list):
        return [_typed(each) for each in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((key, text),) = value.items()
        if key == b"$record" and isinstance(text, dict):
            return _record(_typed(text))
        if key.startswith(b"$") and type(text) is bytes:
            return _special(key.decode(), text)
    return {key: _typed(each) for key, each in value.items()}


def _record(fields: dict[bytes, Any]) -> Struct:
    """Return what the oracle's Record is."""
    return Struct(
        "*main.Record",
        {
            b"Name": fields.get(b"Name", b""),
            b"Count": len(fields),
            b"Data": {key: each for key, each in fields.items() if key != b"Name"},
            b"Any": fields.get(b"Any"),
            b"Tags": Slice(sorted(fields), type_name="[]string"),
            b"Next": NilPointer("*main.Record"),
        },
    )


def _special(key: str, text: bytes) -> Any:
    if key == "$bytes":
        return ByteSlice(base64.b64decode(text))
    if key == "$float64":
        return float(text)
    return int(text) if key == "$int" else Sized(int(text), key[1:])
