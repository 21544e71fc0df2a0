"""sprig's functions on regular expressions: those whose name begins with `must` are the same here, but for Match.

regexMatch says false of a pattern that is wrong. By choice one that is only not supported here is an error.
"""

from __future__ import annotations

from vault.gotemplate.function import Function
from vault.gotemplate.functions.patterns import BadPattern, compiled, match
from vault.gotemplate.rarevalues import NilSlice
from vault.gotemplate.regexp.errors import NO_UNICODE_CLASSES, TOO_DEEP
from vault.gotemplate.regexp.regexp import quote_meta
from vault.gotemplate.values import INT_TYPE, STRING_TYPE, STRINGS_TYPE, Slice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget


def _match(budget: Budget, pattern: bytes, text: bytes) -> bool:
    try:
        return match(budget, pattern, text)
    except BadPattern as error:
        if error.code in (NO_UNICODE_CLASSES, TOO_DEEP):
            raise
        return False


def _find(budget: Budget, pattern: bytes, text: bytes) -> bytes:
    return compiled(budget, pattern).find(text) or b""


def _find_all(budget: Budget, pattern: bytes, text: bytes, most: int) -> Slice:
    found = compiled(budget, pattern).find_all(text, most)
    return Slice(found, type_name=STRINGS_TYPE) if found else NilSlice(STRINGS_TYPE)


def _replace_all(budget: Budget, pattern: bytes, text: bytes, replacement: bytes) -> bytes:
    return compiled(budget, pattern).replace_all(text, replacement)


def _replace_all_literal(budget: Budget, pattern: bytes, text: bytes, replacement: bytes) -> bytes:
    return compiled(budget, pattern).replace_all_literal(text, replacement)


def _split(budget: Budget, pattern: bytes, text: bytes, most: int) -> Slice:
    pieces = compiled(budget, pattern).split(text, most)
    return Slice(pieces, type_name=STRINGS_TYPE) if most else NilSlice(STRINGS_TYPE)


def _quote_meta(budget: Budget, text: bytes) -> bytes:
    budget.step(len(text) >> 4)
    return quote_meta(text, budget)


_SAME = {
    "Find": Function(_find, STRING_TYPE, STRING_TYPE),
    "FindAll": Function(_find_all, STRING_TYPE, STRING_TYPE, INT_TYPE),
    "ReplaceAll": Function(_replace_all, STRING_TYPE, STRING_TYPE, STRING_TYPE),
    "ReplaceAllLiteral": Function(_replace_all_literal, STRING_TYPE, STRING_TYPE, STRING_TYPE),
    "Split": Function(_split, STRING_TYPE, STRING_TYPE, INT_TYPE),
}
FUNCTIONS = {
    "sprig_mustRegexMatch": Function(match, STRING_TYPE, STRING_TYPE),
    "sprig_regexMatch": Function(_match, STRING_TYPE, STRING_TYPE),
    "sprig_regexQuoteMeta": Function(_quote_meta, STRING_TYPE),
    **{f"sprig_regex{name}": function for name, function in _SAME.items()},
    **{f"sprig_mustRegex{name}": function for name, function in _SAME.items()},
}
