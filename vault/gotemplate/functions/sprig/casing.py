"""sprig's functions that change the case of letters, each code point alone: one that has no single one stays."""

from __future__ import annotations

from vault.gotemplate.function import Function
from vault.gotemplate.functions import casing
from vault.gotemplate.utf8 import SPACES, decode_all, is_letter_or_digit, replace_invalid
from vault.gotemplate.values import STRING_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault.gotemplate.limits import Budget

_LONGEST = 4  # of what a byte becomes
_CONNECTORS = SPACES + "-_"


def _upper(character: str) -> str:
    for mapped in (character.upper(), character.title()):
        if len(mapped) == 1:
            return mapped
    return character


def _lower(character: str) -> str:
    return character.lower()[0]


def _title(character: str) -> str:
    mapped = character.title()
    return mapped if len(mapped) == 1 else _upper(character)


def _is_upper(character: str) -> bool:
    return character.isupper() and character.isalpha()


def _characters(budget: Budget, text: bytes) -> str:
    budget.step(len(text) >> 3)
    budget.make(_LONGEST * len(text))
    return decode_all(replace_invalid(text))


def _separates(character: str) -> bool:
    """Say whether a word may begin after a character."""
    if character.isascii():
        return not character.isalnum() and character != "_"
    return not is_letter_or_digit(ord(character)) and character in SPACES


def _titled(budget: Budget, text: bytes) -> bytes:
    """Make the first letter of each word a capital. As Go's strings.Title."""
    characters = _characters(budget, text)
    befores = " " + characters
    return "".join(
        _title(each) if _separates(before) else each for before, each in zip(befores, characters, strict=False)
    ).encode()


def _untitled(budget: Budget, text: bytes) -> bytes:
    """Make the first letter of each word small."""
    characters = _characters(budget, text)
    befores = " " + characters
    return "".join(
        _lower(each) if before in SPACES and each not in SPACES else each
        for before, each in zip(befores, characters, strict=False)
    ).encode()


def _swapped(characters: str) -> Iterator[str]:
    after_space = True
    for each in characters:
        if each.isalpha() and (each.isupper() or each.istitle()):
            yield _lower(each)
            after_space = False
        elif each.isalpha() and each.islower():
            yield _title(each) if after_space else _upper(each)
            after_space = False
        else:
            yield each
            after_space = each in SPACES


def _swap_case(budget: Budget, text: bytes) -> bytes:
    """Make capitals small and small letters capitals."""
    return "".join(_swapped(_characters(budget, text))).encode()


def _pascal(characters: str) -> Iterator[str]:
    """Make words of which each begins with a capital one. As ToPascalCase of huandu/xstrings 1.5."""
    body = characters.lstrip(_CONNECTORS)
    yield characters[: len(characters) - len(body)]
    if not body:
        yield characters[-1:]  # the last one twice, as there
        return
    was_upper = _is_upper(body[0])
    current = _upper(body[0])
    for following in body[1:]:
        before, current = current, following
        if before in _CONNECTORS:
            if following in _CONNECTORS:
                yield before
            else:
                was_upper = _is_upper(following)
                current = _upper(following)
            continue
        if was_upper:
            if _is_upper(following):
                current = _lower(following)
            else:
                was_upper = False
        yield before
    yield current


def _camel_case(budget: Budget, text: bytes) -> bytes:
    return "".join(_pascal(_characters(budget, text))).encode()


FUNCTIONS = {
    "sprig_camelcase": Function(_camel_case, STRING_TYPE),
    "sprig_lower": casing.FUNCTIONS["toLower"],
    "sprig_swapcase": Function(_swap_case, STRING_TYPE),
    "sprig_title": Function(_titled, STRING_TYPE),
    "sprig_untitle": Function(_untitled, STRING_TYPE),
    "sprig_upper": casing.FUNCTIONS["toUpper"],
}
