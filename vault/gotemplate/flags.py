"""Flags, width and precision of one verb, and padding by them. As fmt/format.go."""

from __future__ import annotations

from vault.gotemplate.utf8 import cut_runes, rune_count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_SMALL = 64  # bytes that nobody counts twice


class Flags:
    """How the next value is printed, and the buffer into which it is.

    `plus_v` and `sharp_v` are the flags of %+v and %#v, which mean other things than + and #. A width and a precision
    are at most a million (Go's bound); `charge` is told each size before it is taken, and raises if it is too much.
    """

    __slots__ = (
        "_charge",
        "buffer",
        "has_width",
        "minus",
        "plus",
        "plus_v",
        "precision",
        "sharp",
        "sharp_v",
        "space",
        "width",
        "zero",
    )

    def __init__(self, buffer: bytearray, charge: Callable[[int], None]) -> None:
        """Take the buffer and who counts what is written."""
        self.buffer = buffer
        self._charge = charge
        self.clear()

    def clear(self) -> None:
        """Go back to no flags, as for %v."""
        self.has_width = False
        self.width = 0
        self.precision: int | None = None
        self.minus = self.plus = self.sharp = self.space = self.zero = False
        self.plus_v = self.sharp_v = False

    def reserve(self, size: int) -> None:
        """Count something large that is made before it is written."""
        if size > _SMALL:
            self._charge(size)

    def write(self, data: bytes) -> None:
        """Write as it is."""
        self._charge(len(data))
        self.buffer += data

    def spaces(self, count: int) -> None:
        """Write spaces."""
        self._charge(count)
        self.buffer += b" " * count

    def fill(self, count: int) -> None:
        """Write padding: zeros if the flag says so and they are on the left."""
        if count > 0:
            self._charge(count)
            self.buffer += (b"0" if self.zero and not self.minus else b" ") * count

    def pad(self, data: bytes, *, with_zeros: bool = True) -> None:
        """Write to the width, counted in runes."""
        if not self.has_width or not self.width:
            self.write(data)
            return
        zero = self.zero
        self.zero = zero and with_zeros
        self.padded(data, self.width)
        self.zero = zero

    def padded(self, data: bytes, width: int) -> None:
        """Write to a width of the caller's."""
        missing = width - rune_count(data)
        if self.minus:
            self.write(data)
            self.fill(missing)
        else:
            self.fill(missing)
            self.write(data)

    def cut(self, text: bytes) -> bytes:
        """Return the runes that the precision leaves."""
        return text if self.precision is None else cut_runes(text, self.precision)

    def hexadecimal(self, data: bytes, *, capitals: bool) -> None:
        """Write bytes in hexadecimal; the flag # puts 0x before them, and a space between them."""
        if self.precision is not None:
            data = data[: self.precision]
        if not data:
            if self.has_width:
                self.fill(self.width)
            return
        self._charge(5 * len(data))
        prefix = "0x" if self.sharp else ""
        text = prefix + (data.hex(" ").replace(" ", " " + prefix) if self.space else data.hex())
        if capitals:
            text = text.upper()
        missing = self.width - len(text) if self.has_width else 0
        if not self.minus:
            self.fill(missing)
        self.write(text.encode())
        if self.minus:
            self.fill(missing)
