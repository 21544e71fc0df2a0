"""sprig's snakecase and kebabcase, which find the words of a name, and wrap, which breaks lines.

By choice snakecase and kebabcase take ASCII alone: what punctuation is elsewhere is in tables that a Pod would have to
load.
"""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.values import INT_TYPE, STRING_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget

_CONNECTORS = "-_ \t\n\v\f\r"
_PUNCTUATING = "-_"  # connectors that are part of punctuation after any other
_PUNCTUATION = "!\"#%&'()*,./:;?@[\\]{}"
_NUMBER, _UPPER, _LOWER, _CONNECTOR, _PUNCT, _OTHER, _END = range(7)
_JOINED = (_LOWER, _NUMBER)
_CLOSED = (_END, _PUNCT, _CONNECTOR)
_WORD_BYTES = 200


def _kind(character: str) -> int:
    if character in _CONNECTORS:
        return _CONNECTOR
    if character in _PUNCTUATION:
        return _PUNCT
    if character.isalpha():
        return _UPPER if character.isupper() else _LOWER
    return _NUMBER if character.isdigit() else _OTHER


def _words(text: str) -> list[tuple[int, str]]:
    """Return the words and what they are. HTTPStatus is HTTP and Status."""
    found: list[tuple[int, str]] = []
    at = 0
    while at < len(text):
        kind, end = _kind(text[at]), at + 1
        run = kind
        if kind == _UPPER and end < len(text) and _kind(text[end]) == _LOWER:
            run = _LOWER
        while end < len(text) and (_kind(text[end]) == run or (run == _PUNCT and text[end] in _PUNCTUATING)):
            end += 1
        if run == _UPPER and end - at > 1 and end < len(text) and _kind(text[end]) == _LOWER:
            end -= 1
        found.append((kind, text[at:end]))
        at = end
    return found


class _Joiner:
    """Joins words by a connector. As camelCaseToLowerCase of huandu/xstrings 1.5."""

    __slots__ = ("_at", "_connector", "_made", "_words")

    def __init__(self, text: str, connector: str) -> None:
        self._words = _words(text)
        self._at = 0
        self._connector = connector
        self._made: list[str] = []

    def _kind(self) -> int:
        return self._words[self._at][0] if self._at < len(self._words) else _END

    def _is_last(self) -> bool:
        return self._at >= len(self._words) - 1

    def _write(self) -> None:
        """Write the word, and go to the next."""
        if self._at < len(self._words):
            kind, word = self._words[self._at]
            self._made.append(self._connector * len(word) if kind == _CONNECTOR else word.lower())
            self._at += 1

    def _write_joined(self) -> None:
        while self._kind() in _JOINED:
            self._write()
        if self._kind() not in _CLOSED:
            self._made.append(self._connector)

    def joined(self) -> str:
        while not self._is_last():
            kind = self._kind()
            self._write()
            if kind == _NUMBER:
                self._write_joined()
            elif kind not in (_CONNECTOR, _PUNCT):
                self._after_word()
        self._write()
        return "".join(self._made)

    def _after_word(self) -> None:
        """Put a connector before the next word; a number is part of the word before it, or of the one after it."""
        if self._kind() != _NUMBER:
            if self._kind() not in (_CONNECTOR, _PUNCT):
                self._made.append(self._connector)
            return
        if self._is_last():
            return
        if self._words[self._at + 1][0] != _LOWER:
            self._write()
            if self._kind() not in (_CONNECTOR, _PUNCT):
                self._made.append(self._connector)
            return
        self._made.append(self._connector)
        self._write()
        self._write_joined()


def _function(name: str, connector: str) -> Function:
    def call(budget: Budget, text: bytes) -> bytes:
        if not text.isascii():
            raise Fault(f"{name} of text that is not ASCII is not supported here")
        budget.step(len(text) >> 1)
        budget.make(_WORD_BYTES * len(text))
        return _Joiner(text.decode(), connector).joined().encode()

    return Function(call, STRING_TYPE)


def _wrapped(budget: Budget, width: int, newline: bytes, text: bytes, *, breaks_words: bool) -> bytes:
    """Break lines at spaces. As WrapCustom of Masterminds/goutils."""
    budget.step(len(text) >> 4)
    width = max(width, 1)
    newline = newline or b"\n"
    made = bytearray()
    at = 0
    while len(text) - at > width:
        budget.step()
        if text[at : at + 1] == b" ":
            at += 1
            continue
        end = text.rfind(b" ", at, at + width + 1)
        following = end + 1
        if end < 0 and breaks_words:
            end = following = at + width
        elif end < 0:
            end = text.find(b" ", at + width)
            following = end + 1
            if end < 0:
                break
        budget.make(end - at + len(newline))
        made += text[at:end] + newline
        at = following
    budget.make(len(text) - at)
    return bytes(made + text[at:])


def _wrap(budget: Budget, width: int, text: bytes) -> bytes:
    return _wrapped(budget, width, b"\n", text, breaks_words=False)


def _wrap_with(budget: Budget, width: int, newline: bytes, text: bytes) -> bytes:
    return _wrapped(budget, width, newline, text, breaks_words=True)


FUNCTIONS = {
    "sprig_kebabcase": _function("sprig_kebabcase", "-"),
    "sprig_snakecase": _function("sprig_snakecase", "_"),
    "sprig_wrap": Function(_wrap, INT_TYPE, STRING_TYPE),
    "sprig_wrapWith": Function(_wrap_with, INT_TYPE, STRING_TYPE, STRING_TYPE),
}
