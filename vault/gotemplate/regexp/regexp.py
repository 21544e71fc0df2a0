"""Patterns that are compiled, and what can be done by them. As package regexp of Go, on bytes."""

from __future__ import annotations

from vault.gotemplate.regexp.compiler import Compiler
from vault.gotemplate.regexp.expansion import Expansion
from vault.gotemplate.regexp.machine import Machine
from vault.gotemplate.regexp.parser import Parser
from vault.gotemplate.regexp.search import Search
from vault.gotemplate.utf8 import decode_rune

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vault.gotemplate.limits import Budget

_META = b"\\.+*?()|[]{}^$"
_PIECE_BYTES = 48  # what Python has beside the text of a bytes and its place in a list
_PLACE_BYTES = 36  # a number


def compile(pattern: bytes, budget: Budget) -> Regexp:  # noqa: A001 - as in Go
    """Return what a pattern means. Its use is counted in the same budget as its making.

    Raises PatternError, or LimitExceeded.
    """
    parser = Parser(pattern, budget)
    tree = parser.parse()
    program = Compiler(budget).compile(tree, parser.names)
    return Regexp(pattern, Machine(program, budget), budget)


def quote_meta(text: bytes, budget: Budget) -> bytes:
    """Return a pattern that matches just this text."""
    budget.make(2 * len(text))
    for each in _META:
        text = text.replace(bytes([each]), b"\\" + bytes([each]))
    return text


class Regexp:
    """A compiled pattern. Every method may raise LimitExceeded.

    In the results of a `find_all` an empty match right after another match is left out, as in Go. A search is linear in
    the text; a `find_all` is one search for each match, and each may look to the end of the text.
    """

    __slots__ = ("_budget", "_machine", "_pattern")

    def __init__(self, pattern: bytes, machine: Machine, budget: Budget) -> None:
        """`compile` makes it."""
        self._pattern = pattern
        self._machine = machine
        self._budget = budget

    @property
    def names(self) -> tuple[bytes, ...]:
        """The names of the groups by number, b"" for none; the first is the whole match."""
        return tuple(self._machine.program.names)

    def match(self, text: bytes) -> bool:
        """Say whether the text has a match."""
        return Search(self._machine, text, self._budget).span(0, is_enough_to_match=True) is not None

    def find(self, text: bytes) -> bytes | None:
        """Return the first match, None if there is none."""
        span = Search(self._machine, text, self._budget).span(0)
        return None if span is None else self._piece(text, *span)

    def find_submatch_index(self, text: bytes) -> tuple[int, ...] | None:
        """Return where the first match and its groups begin and end, -1 twice for a group that has no part in it."""
        return next(self._all(text, 1, with_groups=True), None)

    def find_all(self, text: bytes, most: int) -> list[bytes]:
        """Return the matches, at most so many; all if that is negative."""
        return [self._piece(text, *each) for each in self._all(text, most, with_groups=False)]

    def find_all_submatch_index(self, text: bytes, most: int) -> list[tuple[int, ...]]:
        """Return for each match what `find_submatch_index` has."""
        return list(self._all(text, most, with_groups=True))

    def replace_all(self, text: bytes, replacement: bytes) -> bytes:
        """Return the text with a replacement for each match; $1, $name and ${name} in it are what groups matched."""
        expansion = Expansion(replacement, self._machine.program.names, self._budget)
        return self._replace(
            text, lambda places: expansion.of(text, places, self._budget), with_groups=expansion.has_groups
        )

    def replace_all_literal(self, text: bytes, replacement: bytes) -> bytes:
        """Return the text with the replacement, as it is, for each match."""

        def counted(_places: tuple[int, ...]) -> bytes:
            self._budget.make(len(replacement))
            return replacement

        return self._replace(text, counted, with_groups=False)

    def split(self, text: bytes, most: int) -> list[bytes]:
        """Return what is between the matches, in at most so many pieces, of which the last is all the rest.

        All if that is negative, none if it is 0.
        """
        if most == 0:
            return []
        if self._pattern and not text:
            return [b""]
        pieces: list[bytes] = []
        begin = end = 0
        for match in self._all(text, most, with_groups=False):
            if 0 < most <= len(pieces) + 1:
                break
            end = match[0]
            if match[1] != 0:
                pieces.append(self._piece(text, begin, end))
            begin = match[1]
        if end != len(text):
            pieces.append(self._piece(text, begin, len(text)))
        return pieces

    def _piece(self, text: bytes, begin: int, end: int) -> bytes:
        self._budget.make(_PIECE_BYTES + end - begin)
        return text[begin:end]

    def _all(self, text: bytes, most: int, *, with_groups: bool) -> Iterator[tuple[int, ...]]:
        """Give the places of each match, those of groups only if they are asked for."""
        search = Search(self._machine, text, self._budget)
        at, count, end_before = 0, 0, -1
        while at <= len(text) and (most < 0 or count < most):
            self._budget.step()
            span = search.span(at)
            if span is None:
                return
            begin, end = span
            is_repeated = False
            if end == at:  # empty, and where the search began
                is_repeated = begin == end_before
                at += max(1, decode_rune(text, at)[1])
            else:
                at = end
            end_before = end
            if not is_repeated:
                count += 1
                yield self._places(search, span, with_groups=with_groups)

    def _places(self, search: Search, span: tuple[int, int], *, with_groups: bool) -> tuple[int, ...]:
        count = self._machine.program.places
        if not with_groups or count == len(span):
            return span
        self._budget.make(_PIECE_BYTES + _PLACE_BYTES * count)
        return search.places(span[0])

    def _replace(self, text: bytes, replacement: Callable[[tuple[int, ...]], bytes], *, with_groups: bool) -> bytes:
        search = Search(self._machine, text, self._budget)
        pieces: list[bytes] = []
        at = end_before = 0
        while at <= len(text):
            self._budget.step()
            span = search.span(at)
            if span is None:
                break
            begin, end = span
            pieces.append(self._piece(text, end_before, begin))
            if end > end_before or begin == 0:  # no empty match right after another match
                self._budget.make(_PIECE_BYTES)
                pieces.append(replacement(self._places(search, span, with_groups=with_groups)))
            end_before = end
            at = max(end, at + max(1, decode_rune(text, at)[1]))
        pieces.append(self._piece(text, end_before, len(text)))
        self._budget.make(sum(len(each) for each in pieces))
        return b"".join(pieces)
