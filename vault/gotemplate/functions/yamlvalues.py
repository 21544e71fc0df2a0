"""What a plain scalar of YAML 1.1 says. As resolve.go of gopkg.in/yaml.v2: what looks like a time is a string."""

from __future__ import annotations

from vault.gotemplate.functions.yamlresolve import is_timestamp, looks_like_float
from vault.gotemplate.numerals import MAX_INT64, MAX_UINT64, MIN_INT64, parse_float, parse_integer
from vault.gotemplate.values import Sized

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.values import GoValue

_INFINITY = float("inf")


def _cases(*words: str) -> tuple[str, ...]:
    return tuple(each for word in words for each in (word, word.title(), word.upper()))


_WORDS: dict[str, GoValue] = {
    **dict.fromkeys(_cases("y", "yes", "true", "on"), True),
    **dict.fromkeys(_cases("n", "no", "false", "off"), False),
    **dict.fromkeys((*_cases("null"), "~", ""), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys(_cases(".inf", "+.inf"), _INFINITY),
    **dict.fromkeys(_cases("-.inf"), -_INFINITY),
}
_NUMBER_STARTS = frozenset("0123456789+-")


def resolved(text: str) -> GoValue:
    """Return the value of a plain scalar."""
    if text in _WORDS:
        return _WORDS[text]
    value: GoValue = None
    if text[0] == ".":
        value = parse_float(text)
    elif text[0] in _NUMBER_STARTS and not is_timestamp(text):
        value = _number(text.replace("_", ""))
    return text.encode() if value is None else value


def _number(text: str) -> GoValue:
    integer = parse_integer(text)
    if integer is not None:
        if MIN_INT64 <= integer <= MAX_INT64:
            return integer
        if text[0] not in "+-" and integer <= MAX_UINT64:
            return Sized(integer, "uint64")
    if looks_like_float(text):
        value = parse_float(text)
        if value is not None:
            return value
    if text[:3] in ("0b+", "0b-"):  # taken by Go's ParseInt after the prefix
        signed = parse_integer(text[2] + "0b" + text[3:])
        if signed is not None and MIN_INT64 <= signed <= MAX_INT64:
            return signed
    return None
