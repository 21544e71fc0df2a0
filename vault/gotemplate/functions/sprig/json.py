"""sprig's JSON. What cannot be written is an empty text, and what cannot be read nil, unless the name begins with must.

By choice a number that no float64 can hold is an error here.
"""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.functions import jsonwriter
from vault.gotemplate.functions.jsonreader import InvalidJSON, read
from vault.gotemplate.values import ANY_TYPE, STRING_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue


def _from_json(budget: Budget, text: bytes) -> GoValue:
    try:
        return read(budget, text)
    except InvalidJSON:
        return None


def _lenient(strict: Function) -> Function:
    def call(budget: Budget, value: GoValue) -> bytes:
        try:
            written: bytes = strict.call(budget, value)
        except Fault:
            return b""
        return written

    return Function(call, ANY_TYPE)


_JSON = jsonwriter.FUNCTIONS["toJSON"]
_PRETTY = jsonwriter.FUNCTIONS["toJSONPretty"]
_RAW = jsonwriter.FUNCTIONS["toUnescapedJSON"]
FUNCTIONS = {
    "sprig_fromJson": Function(_from_json, STRING_TYPE),
    "sprig_mustFromJson": Function(read, STRING_TYPE),
    "sprig_mustToJson": _JSON,
    "sprig_mustToPrettyJson": _PRETTY,
    "sprig_mustToRawJson": _RAW,
    "sprig_toJson": _lenient(_JSON),
    "sprig_toPrettyJson": _lenient(_PRETTY),
    "sprig_toRawJson": _RAW,
}
