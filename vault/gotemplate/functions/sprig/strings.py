"""sprig's functions on strings that cut, fill, search and quote them.

abbrev and trunc count bytes, as there, and so may cut a character in two.
"""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.functions import strings as plain
from vault.gotemplate.functions.printed import PIECE, printed, string_of
from vault.gotemplate.quoting import LONGEST_ESCAPE, quote
from vault.gotemplate.utf8 import SPACES
from vault.gotemplate.values import ANY_TYPE, INT_TYPE, STRING_TYPE, sized

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

_ELLIPSIS = b"..."
_LEAST, _LEAST_BOTH, _NEAR = 4, 7, 4  # widths of an abbreviation, and how near to the beginning nothing is left out
_NO_SPACES = dict.fromkeys(map(ord, SPACES))
_LATIN = 2  # bytes that one becomes


def _hello(_budget: Budget) -> bytes:
    return b"Hello!"


def _abbreviated(text: bytes, offset: int, width: int) -> bytes:
    """Shorten to a width around an offset. As AbbreviateFull of Masterminds/goutils."""
    if len(text) <= width:
        return text
    room = width - len(_ELLIPSIS)
    offset = min(offset, len(text))
    if sized(len(text) - offset, "int64") < room:  # which wraps around, as there
        offset = len(text) - room
    if offset <= _NEAR:
        return text[:room] + _ELLIPSIS
    if width < _LEAST_BOTH:
        return b""  # Go swallows its error
    if offset + room >= len(text):
        return _ELLIPSIS + text[len(text) - room :]
    return _ELLIPSIS + (_abbreviated(text[offset:], 0, room) if room >= _LEAST else b"")


def _abbrev(budget: Budget, width: int, text: bytes) -> bytes:
    budget.make(2 * len(text))
    return text if width < _LEAST else _abbreviated(text, 0, width)


def _abbrev_both(budget: Budget, left: int, right: int, text: bytes) -> bytes:
    budget.make(3 * len(text))
    if right < _LEAST or (left > 0 and right < _LEAST_BOTH):
        return text
    return _abbreviated(text, left, right)


def _trunc(budget: Budget, count: int, text: bytes) -> bytes:
    """Keep so many bytes, from the end if that is negative."""
    budget.make(len(text))
    if count < 0:
        return text[count:] if len(text) + count > 0 else text
    return text[:count]


def _substr(budget: Budget, start: int, end: int, text: bytes) -> bytes:
    budget.make(len(text))
    if start < 0:
        start = 0
    elif end < 0 or end > len(text):
        end = len(text)
    if not start <= end <= len(text):
        raise Fault("slice bounds out of range")
    return text[start:end]


def _repeat(budget: Budget, count: int, text: bytes) -> bytes:
    if count < 0:
        raise Fault("strings: negative Repeat count")
    budget.make(len(text) * count)
    return text * count


def _no_space(budget: Budget, text: bytes) -> bytes:
    """Remove spaces; where there are some, each byte of the others is taken for a character of Latin-1, as there."""
    budget.step(len(text) >> 4)
    budget.make(_LATIN * len(text))
    kept = text.decode("latin-1").translate(_NO_SPACES)
    return text if len(kept) == len(text) else kept.encode()


def _initials(budget: Budget, text: bytes) -> bytes:
    """Return the first byte of each word, as a character of Latin-1."""
    budget.step(len(text) >> 3)
    budget.make(_LATIN * len(text))
    made = []
    after_space = True
    for each in text.decode("latin-1"):
        if each in SPACES:
            after_space = True
        elif after_space:
            made.append(each)
            after_space = False
    return "".join(made).encode()


def _contains(budget: Budget, wanted: bytes, text: bytes) -> bool:
    budget.step((len(text) >> 8) + (len(wanted) >> 8))
    return wanted in text


def _has_prefix(budget: Budget, prefix: bytes, text: bytes) -> bool:
    budget.step(len(prefix) >> 10)
    return text.startswith(prefix)


def _has_suffix(budget: Budget, suffix: bytes, text: bytes) -> bool:
    budget.step(len(suffix) >> 10)
    return text.endswith(suffix)


def _indent(budget: Budget, spaces: int, text: bytes) -> bytes:
    """Put spaces before each line, an empty one too."""
    if spaces < 0:
        raise Fault("strings: negative Repeat count")
    budget.step(len(text) >> 6)
    budget.make(len(text) + (spaces + 1) * (text.count(b"\n") + 1))
    prefix = b" " * spaces
    return prefix + text.replace(b"\n", b"\n" + prefix)


def _nindent(budget: Budget, spaces: int, text: bytes) -> bytes:
    return b"\n" + _indent(budget, spaces, text)


def _plural(_budget: Budget, one: bytes, many: bytes, count: int) -> bytes:
    return one if count == 1 else many


def _joined(budget: Budget, pieces: list[bytes]) -> bytes:
    budget.make(sum(map(len, pieces)) + len(pieces))
    return b" ".join(pieces)


def _cat(budget: Budget, *values: GoValue) -> bytes:
    budget.make(PIECE * len(values))
    return _joined(budget, [printed(budget, each) for each in values if each is not None])


def _quote(budget: Budget, *values: GoValue) -> bytes:
    made = []
    for each in values:
        if each is not None:
            text = string_of(budget, each)
            budget.step(len(text) >> 6)
            budget.make(PIECE + LONGEST_ESCAPE * len(text))
            made.append(quote(text))
    return _joined(budget, made)


def _squote(budget: Budget, *values: GoValue) -> bytes:
    budget.make(PIECE * len(values))
    return _joined(budget, [b"'" + printed(budget, each) + b"'" for each in values if each is not None])


_TRIM = plain.FUNCTIONS["trim"]
FUNCTIONS = {
    "sprig_abbrev": Function(_abbrev, INT_TYPE, STRING_TYPE),
    "sprig_abbrevboth": Function(_abbrev_both, INT_TYPE, INT_TYPE, STRING_TYPE),
    "sprig_cat": Function(_cat, variadic=ANY_TYPE),
    "sprig_contains": Function(_contains, STRING_TYPE, STRING_TYPE),
    "sprig_hasPrefix": Function(_has_prefix, STRING_TYPE, STRING_TYPE),
    "sprig_hasSuffix": Function(_has_suffix, STRING_TYPE, STRING_TYPE),
    "sprig_hello": Function(_hello),
    "sprig_indent": Function(_indent, INT_TYPE, STRING_TYPE),
    "sprig_initials": Function(_initials, STRING_TYPE),
    "sprig_nindent": Function(_nindent, INT_TYPE, STRING_TYPE),
    "sprig_nospace": Function(_no_space, STRING_TYPE),
    "sprig_plural": Function(_plural, STRING_TYPE, STRING_TYPE, INT_TYPE),
    "sprig_quote": Function(_quote, variadic=ANY_TYPE),
    "sprig_repeat": Function(_repeat, INT_TYPE, STRING_TYPE),
    "sprig_replace": plain.FUNCTIONS["replaceAll"],
    "sprig_squote": Function(_squote, variadic=ANY_TYPE),
    "sprig_substr": Function(_substr, INT_TYPE, INT_TYPE, STRING_TYPE),
    "sprig_toString": Function(string_of, ANY_TYPE),
    "sprig_trim": plain.FUNCTIONS["trimSpace"],
    "sprig_trimAll": _TRIM,
    "sprig_trimPrefix": plain.FUNCTIONS["trimPrefix"],
    "sprig_trimSuffix": plain.FUNCTIONS["trimSuffix"],
    "sprig_trimall": _TRIM,
    "sprig_trunc": Function(_trunc, INT_TYPE, STRING_TYPE),
}
