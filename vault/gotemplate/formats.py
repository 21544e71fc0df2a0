"""printf: the verbs of a format string, and what is wrong with them. As doPrintf of fmt/print.go."""

from __future__ import annotations

from vault.gotemplate.printer import NIL, Printer
from vault.gotemplate.utf8 import RUNE_SELF, decode_rune, encode_rune
from vault.gotemplate.values import INT, UINT, kind_of, type_name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vault.gotemplate.values import GoValue

MOST = 1_000_000  # of a width or a precision

_FLAGS = {ord("#"): "sharp", ord("0"): "zero", ord("+"): "plus", ord("-"): "minus", ord(" "): "space"}
_ZERO, _NINE = ord("0"), ord("9")


def printf(buffer: bytearray, charge: Callable[[int], None], text: bytes, values: Sequence[GoValue]) -> None:
    """Print values by a format string; what is wrong with it is in the output, as %!d(string=x)."""
    _Format(buffer, charge, text, values).run()


class _Format:
    """One call of printf: where it is in the text and in the arguments."""

    __slots__ = ("_after_index", "_argument", "_at", "_flags", "_good", "_printer", "_reordered", "_text", "_values")

    def __init__(
        self, buffer: bytearray, charge: Callable[[int], None], text: bytes, values: Sequence[GoValue]
    ) -> None:
        self._printer = Printer(buffer, charge)
        self._flags = self._printer.flags
        self._text = text
        self._values = values
        self._at = 0
        self._argument = 0
        self._reordered = False
        self._good = True  # the last argument index
        self._after_index = False  # what was last read is one

    def run(self) -> None:
        text, write = self._text, self._flags.write
        while True:
            percent = text.find(b"%", self._at)
            if percent < 0:
                write(text[self._at :])
                break
            write(text[self._at : percent])
            self._at = percent + 1
            self._directive()
        self._extra()

    def _directive(self) -> None:
        """Read what follows a percent sign, and print by it."""
        text, flags = self._text, self._flags
        flags.clear()
        self._good = True
        self._after_index = False
        while self._at < len(text) and text[self._at] in _FLAGS:
            setattr(flags, _FLAGS[text[self._at]], True)
            self._at += 1
        self._index()
        self._width()
        if self._is_at(b".") and self._at + 1 < len(text):
            self._precision()
        if not self._after_index:
            self._index()
        if self._at >= len(text):
            flags.write(b"%!(NOVERB)")
            return
        rune, width = decode_rune(text, self._at)
        self._at += width
        self._verb(chr(rune))

    def _verb(self, verb: str) -> None:
        flags = self._flags
        shown = verb.encode() if ord(verb) < RUNE_SELF else encode_rune(ord(verb))
        if verb == "%":
            flags.write(b"%")
        elif not self._good:
            flags.write(b"%!" + shown + b"(BADINDEX)")
        elif self._argument >= len(self._values):
            flags.write(b"%!" + shown + b"(MISSING)")
        else:
            if verb in "wv":
                flags.sharp_v, flags.sharp = flags.sharp, False
                flags.plus_v, flags.plus = flags.plus, False
            self._argument += 1
            self._printer.value(self._values[self._argument - 1], verb)

    def _is_at(self, mark: bytes) -> bool:
        return self._text.startswith(mark, self._at)

    def _index(self) -> None:
        """Read an argument's index, as [2]."""
        self._after_index = False
        if not self._is_at(b"["):
            return
        self._reordered = True
        text, start = self._text, self._at
        close = text.find(b"]", start) if len(text) - start > 2 else -1  # noqa: PLR2004 - "[1]" at least
        if close < 0:
            self._good = False
            self._at = start + 1
            return
        number, end = self._digits(start + 1, close)
        self._at = close + 1
        is_number = number is not None and end == close
        self._after_index = is_number
        if number is not None and is_number and 0 < number <= len(self._values):
            self._argument = number - 1
        else:
            self._good = False

    def _digits(self, at: int, end: int) -> tuple[int | None, int]:
        """Read a decimal number; None if there is none, or it is much too large, which ends the reading at `end`."""
        number, start = 0, at
        while at < end and _ZERO <= self._text[at] <= _NINE:
            if number > MOST:
                return None, end
            number = number * 10 + self._text[at] - _ZERO
            at += 1
        return (number if at > start else None), at

    def _width(self) -> None:
        flags = self._flags
        if not self._is_at(b"*"):
            width, self._at = self._digits(self._at, len(self._text))
            flags.width, flags.has_width = width or 0, width is not None
            if self._after_index and flags.has_width:
                self._good = False
            return
        self._at += 1
        width = self._integer()
        flags.width, flags.has_width = width or 0, width is not None
        if width is None:
            flags.write(b"%!(BADWIDTH)")
        if flags.width < 0:
            flags.width = -flags.width
            flags.minus = True
            flags.zero = False
        self._after_index = False

    def _precision(self) -> None:
        flags = self._flags
        self._at += 1
        if self._after_index:
            self._good = False
        self._index()
        if not self._is_at(b"*"):
            precision, self._at = self._digits(self._at, len(self._text))
            flags.precision = precision or 0
            return
        self._at += 1
        precision = self._integer()
        flags.precision = precision if precision is not None and precision >= 0 else None
        if flags.precision is None:
            flags.write(b"%!(BADPREC)")
        self._after_index = False

    def _integer(self) -> int | None:
        """Take an argument for a `*`; None if it is no integer, or too large."""
        if self._argument >= len(self._values):
            return None
        value = self._values[self._argument]
        self._argument += 1
        if value is None or kind_of(value) not in (INT, UINT):
            return None
        return int(value) if -MOST <= value <= MOST else None

    def _extra(self) -> None:
        """Say which arguments no verb took."""
        flags = self._flags
        if self._reordered or self._argument >= len(self._values):
            return
        flags.clear()
        flags.write(b"%!(EXTRA ")
        for position, value in enumerate(self._values[self._argument :]):
            flags.write(b", " if position else b"")
            if value is None:
                flags.write(NIL)
            else:
                flags.write(type_name_of(value).encode() + b"=")
                self._printer.value(value, "v")
        flags.write(b")")
