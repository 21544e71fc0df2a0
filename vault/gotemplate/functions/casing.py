"""toLower, toUpper and toTitle.

By choice toTitle takes ASCII alone: where words end in other text is in tables that a Pod would have to load.
"""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.utf8 import decode_all, replace_invalid
from vault.gotemplate.values import STRING_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget

_LONGEST = 4  # of what a byte becomes
# between two letters neither ends a word, two of the first kind do (Unicode's annex 29: Mid and Letter)
_MIDDLES = "'.:"
_LETTERS = "_0123456789"


class _Upper:
    """What stands for a code point, as str.translate asks; one rune for one rune, unlike str.upper."""

    __slots__ = ()

    def __getitem__(self, code: int) -> str:
        character = chr(code)
        for mapped in (character.upper(), character.title()):
            if len(mapped) == 1:
                return mapped
        return character


class _Lower:
    """The same for str.lower, of which one code point alone becomes two."""

    __slots__ = ()

    def __getitem__(self, code: int) -> str:
        return chr(code).lower()[0]


_UPPER = _Upper()
_LOWER = _Lower()


def _mapped(budget: Budget, text: bytes, table: _Upper | _Lower) -> bytes:
    budget.step(len(text) >> 4)
    budget.make(_LONGEST * len(text))
    return decode_all(replace_invalid(text)).translate(table).encode()


def _to_lower(budget: Budget, text: bytes) -> bytes:
    return _mapped(budget, text, _LOWER)


def _to_upper(budget: Budget, text: bytes) -> bytes:
    return _mapped(budget, text, _UPPER)


def _to_title(budget: Budget, text: bytes) -> bytes:
    """Make the first letter of each word a capital; the others stay."""
    if not text.isascii():
        raise Fault("toTitle of text that is not ASCII is not supported here")
    budget.step(len(text) >> 4)
    budget.make(_LONGEST * len(text))
    made = []
    in_word = was_middle = False
    for each in text.decode():
        is_middle = each in _MIDDLES
        if was_middle and is_middle:
            in_word = False
        if each.isalpha():
            made.append(each if in_word else each.upper())
            in_word = True
        else:
            made.append(each)
            in_word = in_word and (is_middle or each in _LETTERS)
        was_middle = is_middle
    return "".join(made).encode()


FUNCTIONS = {
    "toLower": Function(_to_lower, STRING_TYPE),
    "toTitle": Function(_to_title, STRING_TYPE),
    "toUpper": Function(_to_upper, STRING_TYPE),
}
