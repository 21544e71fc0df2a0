"""Why a pattern is none, in the words of Go's regexp/syntax."""

from __future__ import annotations

from vault.gotemplate.errors import Fault

INVALID_RANGE = "invalid character class range"
INVALID_ESCAPE = "invalid escape sequence"
INVALID_CAPTURE = "invalid named capture"
INVALID_PERL = "invalid or unsupported Perl syntax"
INVALID_REPEAT = "invalid nested repetition operator"
INVALID_REPEAT_SIZE = "invalid repeat count"
INVALID_UTF8 = "invalid UTF-8"
MISSING_BRACKET = "missing closing ]"
MISSING_PAREN = "missing closing )"
MISSING_ARGUMENT = "missing argument to repetition operator"
TRAILING_BACKSLASH = "trailing backslash at end of expression"
UNEXPECTED_PAREN = "unexpected )"
TOO_DEEP = "expression nests too deeply"
TOO_LARGE = "expression too large"
# ours: a choice that the package's docstring explains
NO_UNICODE_CLASSES = "Unicode classes such as \\pL are not supported here"

_SHOWN_BYTES = 100


class PatternError(Fault):
    """A pattern is refused: `code` is one of the words above, `piece` the part of the pattern that is to blame.

    The text shows no more of the pattern than Go does, and not all of what is long. A caller whose pattern may be a
    secret shows `code` alone.
    """

    def __init__(self, code: str, piece: bytes) -> None:
        """Take what is wrong and where."""
        self.code = code
        self.piece = piece
        shown = piece[:_SHOWN_BYTES].decode(errors="replace") + ("..." if len(piece) > _SHOWN_BYTES else "")
        super().__init__(f"error parsing regexp: {code}: `{shown}`")
