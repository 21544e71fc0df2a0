"""The characters of a file, and where each stands."""

from __future__ import annotations

from vault.hcl.errors import HclError

MOST_BYTES = 1024 * 1024  # a ConfigMap has no more
MOST_VALUES = 20_000
_RESERVED = "\ue123"  # HCL 1 keeps it for itself


class Text:
    """A file as it is scanned: `characters`, and at its end a NUL, which no file has."""

    __slots__ = ("_counted_to", "_lines", "_values", "characters", "end")

    def __init__(self, octets: bytes) -> None:
        """Decode a file; its lines end with a line feed from here on. Raises HclError."""
        if len(octets) > MOST_BYTES:
            raise HclError(f"the file has more than {MOST_BYTES >> 10} KiB", 1, 1)
        octets = octets.replace(b"\r\n", b"\n")
        try:
            decoded = octets.decode()
        except UnicodeDecodeError as error:
            raise HclError("it is not UTF-8", *_place(octets[: error.start].decode())) from None
        for wrong in ("\0", _RESERVED):
            if wrong in decoded:
                reason = f"the character U+{ord(wrong):04X} may not be there"
                raise HclError(reason, *_place(decoded[: decoded.index(wrong)]))
        self.characters = decoded + "\0"
        self.end = len(decoded)
        self._counted_to = self._lines = self._values = 0

    def error(self, reason: str, at: int) -> HclError:
        """Make the error for a place."""
        return HclError(reason, *_place(self.characters[:at]))

    def value_line(self, at: int) -> int:
        """Count a value at a place, and return its line. Raises HclError where there are too many."""
        self._values += 1
        if self._values > MOST_VALUES:
            raise self.error(f"the file has more than {MOST_VALUES:,} values", at)
        return self.line(at)

    def line(self, at: int) -> int:
        """Return the line of a place, counted from 1. Places that come in their order are no work."""
        if at < self._counted_to:
            self._counted_to, self._lines = 0, 0
        self._lines += self.characters.count("\n", self._counted_to, at)
        self._counted_to = at
        return self._lines + 1


def _place(before: str) -> tuple[int, int]:
    """Return line and column of what comes behind a text."""
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
