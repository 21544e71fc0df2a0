"""sprig's split and join, and what makes strings of lists."""

from __future__ import annotations

from vault.gotemplate.function import Function
from vault.gotemplate.functions.printed import PIECE, string_of, strings_of
from vault.gotemplate.functions.strings import pieces
from vault.gotemplate.utf8 import decode_all
from vault.gotemplate.values import ANY_TYPE, INT_TYPE, SLICE, STRING_TYPE, STRINGS_TYPE, Slice, StringMap, kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

_ENTRY = 100


def _numbered(budget: Budget, parts: list[bytes]) -> StringMap:
    """Return strings under the keys _0, _1 and so on."""
    budget.step(len(parts) >> 2)
    budget.make(_ENTRY * len(parts))
    return StringMap({b"_%d" % position: each for position, each in enumerate(parts)})


def _split(budget: Budget, separator: bytes, text: bytes) -> StringMap:
    return _numbered(budget, pieces(budget, text, separator))


def _split_n(budget: Budget, separator: bytes, most: int, text: bytes) -> StringMap:
    """Split into so many pieces at most, all if that is negative."""
    if most < 0 or most > len(text) + 1:
        return _split(budget, separator, text)
    if not most:
        return StringMap()
    budget.step(len(text) >> 6)
    budget.make(len(text) + PIECE * most)
    if separator:
        return _numbered(budget, text.split(separator, most - 1))
    budget.make(len(text))
    runes = decode_all(text)
    if not runes:
        return StringMap()
    parts = [*runes[: most - 1], runes[most - 1 :]]
    return _numbered(budget, [each.encode("utf-8", "surrogateescape") for each in parts if each])


def _split_list(budget: Budget, separator: bytes, text: bytes) -> Slice:
    return Slice(pieces(budget, text, separator), type_name=STRINGS_TYPE)


def _join(budget: Budget, separator: bytes, values: GoValue) -> bytes:
    parts = strings_of(budget, values)
    budget.make(sum(map(len, parts)) + len(separator) * len(parts))
    return separator.join(parts)


def _to_strings(budget: Budget, values: GoValue) -> GoValue:
    made = strings_of(budget, values)
    return made if isinstance(made, Slice) else Slice(made, type_name=STRINGS_TYPE)


def _sort_alpha(budget: Budget, values: GoValue) -> Slice:
    """Sort strings; a []string is sorted itself, as there."""
    if values is None or kind_of(values) != SLICE:
        return Slice([string_of(budget, values)], type_name=STRINGS_TYPE)
    made: Slice = _to_strings(budget, values)
    budget.step(len(made) + (sum(map(len, made)) >> 6))
    made.sort()
    return made


FUNCTIONS = {
    "sprig_join": Function(_join, STRING_TYPE, ANY_TYPE),
    "sprig_sortAlpha": Function(_sort_alpha, ANY_TYPE),
    "sprig_split": Function(_split, STRING_TYPE, STRING_TYPE),
    "sprig_splitList": Function(_split_list, STRING_TYPE, STRING_TYPE),
    "sprig_splitn": Function(_split_n, STRING_TYPE, INT_TYPE, STRING_TYPE),
    "sprig_toStrings": Function(_to_strings, ANY_TYPE),
}
