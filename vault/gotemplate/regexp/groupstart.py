"""What is after a parenthesis and a question mark: a group's name, or flags. As parsePerlFlags of regexp/syntax."""

from __future__ import annotations

from vault.gotemplate.regexp.errors import INVALID_CAPTURE, INVALID_PERL, PatternError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.regexp.patterntext import PatternText

# flags, as bits
FOLD = 1  # i: both cases
MULTILINE = 2  # m: ^ and $ are of lines
DOT_NEWLINE = 4  # s: a dot takes a newline
LAZY = 8  # U: repetitions take as little as they can

_LETTERS = {"i": FOLD, "m": MULTILINE, "s": DOT_NEWLINE, "U": LAZY}
_NAME_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def group_name(text: PatternText) -> bytes | None:
    """Take (?P<name> or (?<name>, if it is next, and return the name. Raises PatternError."""
    begin = text.at
    if text.starts_with(b"(?P<") and text.peek(4):
        name_begin = begin + 4
    elif text.starts_with(b"(?<") and text.peek(3):
        name_begin = begin + 3
    else:
        return None
    end = text.pattern.find(b">", begin)
    if end < 0:
        text.check_utf8(len(text.pattern))
        raise PatternError(INVALID_CAPTURE, text.rest(begin))
    text.at = name_begin
    text.check_utf8(end)
    name = text.pattern[name_begin:end]
    text.at = end + 1
    if not name or not _NAME_BYTES.issuperset(name):
        raise PatternError(INVALID_CAPTURE, text.since(begin))
    return name


def group_flags(text: PatternText, flags: int) -> tuple[int, bool]:
    """Take (?i) or (?i-s: and their like; return the flags from here on, and whether a group begins.

    Raises PatternError.
    """
    begin = text.at
    text.take(b"(?")
    is_negative = False
    saw_flag = True  # at least one has to follow a minus
    while not text.is_at_end():
        letter = chr(text.rune())
        if letter in _LETTERS:
            flags = flags & ~_LETTERS[letter] if is_negative else flags | _LETTERS[letter]
            saw_flag = True
        elif letter == "-" and not is_negative:
            is_negative, saw_flag = True, False
        elif letter in ":)" and saw_flag:
            return flags, letter == ":"
        else:
            break
    raise PatternError(INVALID_PERL, text.since(begin))
