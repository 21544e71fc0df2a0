"""toYAML. As gopkg.in/yaml.v2 writes: in blocks, folded after 80 columns, strings in quotes where they need them."""

from __future__ import annotations

from binascii import b2a_base64

from vault.gotemplate.errors import Fault
from vault.gotemplate.fields import is_int64
from vault.gotemplate.floats import formatted
from vault.gotemplate.function import Function
from vault.gotemplate.functions.yamlemitter import Emitter
from vault.gotemplate.functions.yamlorder import Key
from vault.gotemplate.functions.yamlresolve import needs_quotes
from vault.gotemplate.functions.yamlscalars import DOUBLE, LITERAL, PLAIN
from vault.gotemplate.numerals import parse_float
from vault.gotemplate.rarevalues import sorted_keys
from vault.gotemplate.utf8 import SPACES, replace_invalid
from vault.gotemplate.values import (
    ANY_TYPE,
    BOOL,
    FLOAT,
    INT,
    MAP,
    POINTER,
    SLICE,
    STRING,
    STRUCT,
    UINT,
    Number,
    elements,
    kind_of,
    type_name_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

_BASE64_LINE = 70
_FLOATS = {"+Inf": ".inf", "-Inf": "-.inf", "NaN": ".nan"}


def _to_yaml(budget: Budget, value: GoValue) -> bytes:
    emitter = Emitter(budget)
    _write(budget, emitter, value)
    text = bytes(emitter.buffer)
    budget.make(len(text))
    return text.decode().strip(SPACES).encode()


def _write(budget: Budget, emitter: Emitter, value: GoValue, *, is_value: bool = False) -> None:
    """Write a node; `is_value`: one of a mapping. Raises Fault."""
    budget.step()
    kind = kind_of(value)
    if value is None or kind == POINTER:
        emitter.scalar("null", PLAIN)
    elif type(value) is Number:
        _number(emitter, value)
    elif kind == STRING:
        _string(budget, emitter, value)
    elif kind in (MAP, STRUCT):
        _mapping(budget, emitter, value, kind)
    elif kind == SLICE:
        _sequence(budget, emitter, value, is_value=is_value)
    elif kind == BOOL:
        emitter.scalar("true" if value else "false", PLAIN)
    elif kind in (INT, UINT):
        emitter.scalar(str(int(value)), PLAIN)
    elif kind == FLOAT:
        _float(emitter, value)
    else:
        raise Fault(f"cannot marshal type: {type_name_of(value)}")


def _float(emitter: Emitter, value: float) -> None:
    text = formatted(value, "g", -1)
    emitter.scalar(_FLOATS.get(text, text), PLAIN)


def _number(emitter: Emitter, number: Number) -> None:
    """Write a number of JSON as an int64, else as a float64, else as a string."""
    text = number.decode(errors="replace")
    value = parse_float(text)
    if is_int64(number):
        emitter.scalar(str(int(text)), PLAIN)
    elif value is not None:
        _float(emitter, value)
    else:
        emitter.scalar(text, DOUBLE if needs_quotes(text) else PLAIN)


def _string(budget: Budget, emitter: Emitter, data: bytes, *, is_key: bool = False) -> None:
    budget.step(len(data) >> 3)
    budget.make(4 * len(data))
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = b2a_base64(data, newline=False).decode()
        if len(text) >= _BASE64_LINE:
            lines = [text[at : at + _BASE64_LINE] for at in range(0, len(text), _BASE64_LINE)]
            text = "\n".join(lines) + "\n"
        emitter.scalar(text, LITERAL if "\n" in text else PLAIN, is_key=is_key, is_binary=True)
        return
    wanted = LITERAL if "\n" in text else DOUBLE if needs_quotes(text) else PLAIN
    emitter.scalar(text, wanted, is_key=is_key)


def _sorted_entries(budget: Budget, value: GoValue) -> list[tuple[bytes | int, GoValue]]:
    budget.step(8 * len(value))
    keys = sorted_keys(value)
    texts = [each for each in keys if type(each) is bytes]
    budget.make(4 * sum(map(len, texts)))
    texts.sort(key=lambda key: Key(replace_invalid(key).decode()))
    return [(key, value[key]) for key in (*keys[len(texts) :], *texts)]


def _mapping(budget: Budget, emitter: Emitter, value: GoValue, kind: str) -> None:
    if kind == STRUCT:
        entries = [(key.lower(), each) for key, each in value.fields.items()]
    else:
        entries = _sorted_entries(budget, value)
    if not entries:
        emitter.empty("{}")
        return
    emitter.begin()
    for key, each in entries:
        emitter.line()
        if type(key) is int:
            emitter.scalar(str(key), PLAIN, is_key=True)
        else:
            _string(budget, emitter, key, is_key=True)
        _write(budget, emitter, each, is_value=True)
    emitter.end()


def _sequence(budget: Budget, emitter: Emitter, value: GoValue, *, is_value: bool) -> None:
    if not value:
        emitter.empty("[]")
        return
    emitter.begin(is_indentless=is_value)
    for each in elements(value):
        emitter.line()
        emitter.dash()
        _write(budget, emitter, each)
    emitter.end()


FUNCTIONS = {"toYAML": Function(_to_yaml, ANY_TYPE)}
