"""A pattern becomes a tree. As regexp/syntax/parse.go with the flags Perl, which are those of package regexp."""

from __future__ import annotations

from vault.gotemplate.regexp.classes import bracketed
from vault.gotemplate.regexp.errors import (
    INVALID_ESCAPE,
    INVALID_REPEAT,
    INVALID_REPEAT_SIZE,
    MISSING_ARGUMENT,
    MISSING_PAREN,
    TOO_DEEP,
    TOO_LARGE,
    UNEXPECTED_PAREN,
    PatternError,
)
from vault.gotemplate.regexp.escapes import escaped_class, escaped_rune
from vault.gotemplate.regexp.groupstart import DOT_NEWLINE, FOLD, LAZY, MULTILINE, group_flags, group_name
from vault.gotemplate.regexp.nodes import (
    BEGIN_LINE,
    BEGIN_TEXT,
    END_LINE,
    END_TEXT,
    NO_WORD_BOUNDARY,
    WORD_BOUNDARY,
    Assertion,
    Capture,
    Repeat,
    Runes,
    in_sequence,
    one_of,
)
from vault.gotemplate.regexp.patterntext import PatternText
from vault.gotemplate.regexp.ranges import ANY, ANY_BUT_NEWLINE, with_both_cases
from vault.gotemplate.regexp.repetition import counts, is_within_limit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.regexp.nodes import Node

# Go's is 1000; each level takes up to three Python frames
MOST_HEIGHT = 100
MOST_SIZE = (128 << 20) // 40  # as Go; the budget is over before
_NODE_BYTES = 200

_SIMPLE_REPETITIONS: dict[bytes, tuple[int, int | None]] = {b"*": (0, None), b"+": (1, None), b"?": (0, 1)}
_ESCAPED_PLACES = {b"A": BEGIN_TEXT, b"z": END_TEXT, b"b": WORD_BOUNDARY, b"B": NO_WORD_BOUNDARY}


class _Group:
    """A group that is not closed yet. `flags` are those of what is around it, `number` is 0 if it captures nothing."""

    __slots__ = ("branches", "flags", "number", "parts")

    def __init__(self, number: int, flags: int) -> None:
        self.number = number
        self.flags = flags
        self.branches: list[Node] = []
        self.parts: list[Node] = []

    def end_branch(self) -> None:
        self.branches.append(in_sequence(self.parts))
        self.parts = []


class Parser:
    """Parses one pattern. `names` are those of the groups, by number, b"" for none; the first is the whole."""

    __slots__ = ("_budget", "_flags", "_group", "_open", "_repeated_from", "_text", "names")

    def __init__(self, pattern: bytes, budget: Budget) -> None:
        """Take the pattern, and what counts each token and node."""
        self._text = PatternText(pattern)
        self._budget = budget
        self._flags = 0
        self._group = _Group(0, 0)
        self._open: list[_Group] = []  # the groups around that one
        self._repeated_from: int | None = None  # where the token before began, if it was a repetition
        self.names = [b""]

    def parse(self) -> Node:
        """Return the tree. Raises PatternError."""
        text = self._text
        while not text.is_at_end():
            self._budget.step()
            begin = text.at
            is_repetition = self._token()
            self._repeated_from = begin if is_repetition else None
        if self._open:
            raise PatternError(MISSING_PAREN, text.pattern)
        self._group.end_branch()
        return self._checked(one_of(self._group.branches))

    def _token(self) -> bool:
        """Take what is next. Returns whether it is a repetition, which another one may not follow."""
        text, byte = self._text, self._text.peek()
        if byte in _SIMPLE_REPETITIONS:
            begin = text.at
            text.at += 1
            self._repeat(begin, _SIMPLE_REPETITIONS[byte], is_counted=False)
            return True
        if byte == b"{":
            begin = text.at
            bounds = counts(text)
            if bounds is not None:
                self._repeat(begin, bounds, is_counted=True)
                return True
            self._rune(text.rune())
        elif byte == b"\\":
            self._escape()
        elif byte == b"[":
            self._add(Runes(bracketed(text, self._budget, fold=bool(self._flags & FOLD))))
        elif byte == b"(":
            self._open_group()
        elif byte == b")":
            self._close_group()
        elif not self._operator(byte):
            self._rune(text.rune())
        return False

    def _operator(self, byte: bytes) -> bool:
        """Take one of the operators that are a single byte, or nothing."""
        if byte == b"|":
            self._group.end_branch()
        elif byte == b"^":
            self._add(Assertion(BEGIN_LINE if self._flags & MULTILINE else BEGIN_TEXT))
        elif byte == b"$":
            self._add(Assertion(END_LINE if self._flags & MULTILINE else END_TEXT))
        elif byte == b".":
            self._add(Runes(ANY if self._flags & DOT_NEWLINE else ANY_BUT_NEWLINE))
        else:
            return False
        self._text.at += 1
        return True

    def _escape(self) -> None:
        text = self._text
        letter = text.peek(1)
        if letter in _ESCAPED_PLACES:
            text.at += 2
            self._add(Assertion(_ESCAPED_PLACES[letter]))
        elif letter == b"C":  # any byte, which is not supported in Go either
            text.at += 2
            raise PatternError(INVALID_ESCAPE, text.since(text.at - 2))
        elif letter == b"Q":
            self._quoted()
        else:
            ranges = escaped_class(text, self._budget, fold=bool(self._flags & FOLD))
            if ranges is None:
                self._rune(escaped_rune(text))
            else:
                self._add(Runes(ranges))

    def _quoted(self) -> None:
        r"""Take \Q with all up to \E, or up to the end."""
        text = self._text
        text.at += 2
        end = text.pattern.find(b"\\E", text.at)
        inside = PatternText(text.pattern[text.at :] if end < 0 else text.pattern[text.at : end])
        while not inside.is_at_end():
            self._budget.step()
            self._rune(inside.rune())
        text.at = len(text.pattern) if end < 0 else end + 2

    def _rune(self, rune: int) -> None:
        pair = (rune, rune)
        self._add(Runes(with_both_cases([pair], self._budget) if self._flags & FOLD else (pair,)))

    def _add(self, node: Node) -> None:
        self._group.parts.append(self._checked(node))

    def _checked(self, node: Node) -> Node:
        """Refuse a tree that is too high or makes too many instructions."""
        self._budget.make(_NODE_BYTES)
        if node.size > MOST_SIZE:
            raise PatternError(TOO_LARGE, self._text.pattern)
        if node.height > MOST_HEIGHT:
            raise PatternError(TOO_DEEP, self._text.pattern)
        return node

    def _repeat(self, begin: int, bounds: tuple[int, int | None], *, is_counted: bool) -> None:
        """Repeat what is before."""
        text = self._text
        lazy = bool(self._flags & LAZY) ^ text.take(b"?")
        if self._repeated_from is not None:
            raise PatternError(INVALID_REPEAT, text.since(self._repeated_from))
        if not self._group.parts:
            raise PatternError(MISSING_ARGUMENT, text.since(begin))
        part = self._group.parts.pop()
        least, most = bounds
        self._add(node := Repeat(part, least, most, lazy=lazy, is_counted=is_counted))
        if is_counted and max(least, most or 0) > 1 and not is_within_limit(node, self._budget):
            raise PatternError(INVALID_REPEAT_SIZE, text.since(begin))

    def _open_group(self) -> None:
        text, flags, number = self._text, self._flags, 0
        if text.peek(1) != b"?":
            text.at += 1
            name: bytes | None = b""
        else:
            name = group_name(text)
            if name is None:
                self._flags, is_group = group_flags(text, flags)
                if not is_group:
                    return
        if name is not None:
            number = len(self.names)
            self.names.append(name)
        self._budget.make(_NODE_BYTES)
        self._open.append(self._group)
        self._group = _Group(number, flags)

    def _close_group(self) -> None:
        group = self._group
        if not self._open:
            raise PatternError(UNEXPECTED_PAREN, self._text.pattern)
        self._text.at += 1
        group.end_branch()
        self._budget.step(len(group.branches))
        node = one_of(group.branches)
        self._group = self._open.pop()
        self._flags = group.flags
        self._add(Capture(group.number, node) if group.number else node)
