"""Functions on strings. As Go's package strings."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.utf8 import RUNE_ERROR, SPACES, decode_all, escaped_byte, rune_count
from vault.gotemplate.values import INT_TYPE, STRING_TYPE, STRINGS_TYPE, Slice, StringMap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault.gotemplate.limits import Budget

_PIECE = 48  # bytes that a string takes beside its own
_INVALID_BYTES = "".join(map(chr, range(0xDC80, 0xDD00)))  # as decode_all has them


def _join(budget: Budget, separator: bytes, parts: Sequence[bytes]) -> bytes:
    budget.step(len(parts) >> 2)
    budget.make(sum(map(len, parts)) + len(separator) * max(len(parts) - 1, 0))
    return separator.join(parts)


def _trimmed(text: bytes, characters: str) -> bytes:
    """Remove characters from both ends."""
    return decode_all(text).strip(characters).encode("utf-8", "surrogateescape")


def _trim_space(budget: Budget, text: bytes) -> bytes:
    budget.make(len(text))
    return _trimmed(text, SPACES)


def _trim(budget: Budget, cutset: bytes, text: bytes) -> bytes:
    budget.make(len(text) + len(cutset))
    # as many characters are looked through for each one that is removed
    budget.step(len(text) * len(cutset) >> 10)
    characters = decode_all(cutset)
    if any(each == chr(RUNE_ERROR) or escaped_byte(each) for each in characters):
        characters += chr(RUNE_ERROR) + _INVALID_BYTES  # to Go they are one rune
    return _trimmed(text, characters)


def _trim_prefix(budget: Budget, prefix: bytes, text: bytes) -> bytes:
    budget.make(len(text))
    return text.removeprefix(prefix)


def _trim_suffix(budget: Budget, suffix: bytes, text: bytes) -> bytes:
    budget.make(len(text))
    return text.removesuffix(suffix)


def _replace_all(budget: Budget, old: bytes, new: bytes, text: bytes) -> bytes:
    budget.step(len(text) >> 6)
    count = text.count(old) if old else rune_count(text) + 1
    budget.make(len(text) + count * (len(new) - len(old)))
    if old:
        return text.replace(old, new)
    # nothing is found before each rune and at the end
    return decode_all(text).replace("", decode_all(new)).encode("utf-8", "surrogateescape")


def pieces(budget: Budget, text: bytes, separator: bytes) -> list[bytes]:
    """Split, by nothing into runes."""
    budget.step(len(text) >> 6)
    count = text.count(separator) if separator else rune_count(text)
    budget.make(len(text) + _PIECE * count)
    if separator:
        return text.split(separator)
    return [each.encode("utf-8", "surrogateescape") for each in decode_all(text)]


def _split(budget: Budget, separator: bytes, text: bytes) -> Slice:
    text = _trim_space(budget, text)
    return Slice(pieces(budget, text, separator) if text else (), type_name=STRINGS_TYPE)


def _split_to_map(budget: Budget, separator: bytes, mark: bytes, text: bytes) -> StringMap:
    text = _trim_space(budget, text)
    made = StringMap()
    for piece in pieces(budget, text, separator) if text else ():
        budget.make(len(piece) + 2 * _PIECE)
        key, found, value = piece.partition(mark) if mark else (b"", True, piece)
        if found:
            made[key] = value
    return made


def _indent(budget: Budget, spaces: int, text: bytes) -> bytes:
    """Put spaces before each line that is not empty."""
    if spaces < 0:
        raise Fault("indent value must be a positive integer")
    budget.step(len(text) >> 6)
    budget.make(len(text) + (_PIECE + spaces) * (text.count(b"\n") + 1))
    prefix = b" " * spaces
    return b"\n".join(prefix + line if line else line for line in text.split(b"\n"))


FUNCTIONS = {
    "indent": Function(_indent, INT_TYPE, STRING_TYPE),
    "join": Function(_join, STRING_TYPE, STRINGS_TYPE),
    "replaceAll": Function(_replace_all, STRING_TYPE, STRING_TYPE, STRING_TYPE),
    "split": Function(_split, STRING_TYPE, STRING_TYPE),
    "splitToMap": Function(_split_to_map, STRING_TYPE, STRING_TYPE, STRING_TYPE),
    "trim": Function(_trim, STRING_TYPE, STRING_TYPE),
    "trimPrefix": Function(_trim_prefix, STRING_TYPE, STRING_TYPE),
    "trimSpace": Function(_trim_space, STRING_TYPE),
    "trimSuffix": Function(_trim_suffix, STRING_TYPE, STRING_TYPE),
}
