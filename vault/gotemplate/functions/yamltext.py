"""The text of a YAML document: where a reader is in it, and what is there. As the reader of gopkg.in/yaml.v2."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.functions.yamlscalars import BREAKS

END = "\0"  # after the last character
BLANKS = " \t"
BLANKS_OR_END = BLANKS + BREAKS + END
BREAKS_OR_END = BREAKS + END

_LOOKED_AHEAD = 4
_MARK = "\ufeff"
_INDICATORS = ("---", "...")


class YAMLFault(Fault):
    """What is wrong with a document, and in which line. No text of it is shown."""

    def __init__(self, line: int, reason: str) -> None:
        """Take a line that counts from 0."""
        super().__init__(f"yaml: line {line + 1}: {reason}")


def _is_allowed(character: str) -> bool:
    return (
        " " <= character <= "~"
        or character in "\t\n\r\x85"
        or "\xa0" <= character <= "\ufffd"
        or character >= "\U00010000"
    )


class YAMLText:
    """A text of which a part is read: `at` counts characters, `line` and `column` from 0."""

    __slots__ = ("at", "column", "line", "text")

    def __init__(self, data: bytes) -> None:
        """Take the document. Raises YAMLFault if it is no UTF-8, or has characters that YAML does not allow."""
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise YAMLFault(data.count(b"\n", 0, error.start), "text that is no UTF-8") from None
        text = text.removeprefix(_MARK)
        if text.startswith(_MARK):
            raise YAMLFault(0, "a second byte order mark is not supported here")
        self.text = text + END * _LOOKED_AHEAD
        self.at = self.line = self.column = 0
        if not text.isprintable():
            for position, each in enumerate(text):
                if not _is_allowed(each):
                    raise YAMLFault(text.count("\n", 0, position), "control characters are not allowed")

    def character(self, ahead: int = 0) -> str:
        """Return what is there, or after that."""
        return self.text[self.at + ahead]

    def skip(self, count: int = 1) -> None:
        """Go on within the line."""
        self.at += count
        self.column += count

    def take(self) -> str:
        """Return a character, and go on."""
        self.skip()
        return self.text[self.at - 1]

    def line_break(self) -> str:
        """Take the end of a line; return what it means in a scalar."""
        character = self.text[self.at]
        self.at += 2 if character == "\r" and self.text[self.at + 1] == "\n" else 1
        self.line += 1
        self.column = 0
        return character if character in "\u2028\u2029" else "\n"

    def end_line(self) -> None:
        """Begin a line at the end of the text."""
        if self.column:
            self.column = 0
            self.line += 1

    def is_at_indicator(self) -> bool:
        """Say whether a document begins or ends there."""
        return (
            self.column == 0 and self.text.startswith(_INDICATORS, self.at) and self.text[self.at + 3] in BLANKS_OR_END
        )

    def fault(self, reason: str) -> YAMLFault:
        """Return what is wrong there."""
        return YAMLFault(self.line, reason)
