"""The tree of a pattern. Each node knows how many instructions it makes, how high it is and whether it may be empty."""

from __future__ import annotations

from vault.gotemplate.regexp.ranges import union

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault.gotemplate.regexp.ranges import Ranges

# the places that an Assertion is of, as bits
BEGIN_LINE = 1
END_LINE = 2
BEGIN_TEXT = 4
END_TEXT = 8
WORD_BOUNDARY = 16
NO_WORD_BOUNDARY = 32


class Node:
    """A part of a pattern. `size` is in instructions, `height` in nodes on the longest way down.

    `is_nullable` says whether it can match without taking a rune.
    """

    __slots__ = ("height", "is_nullable", "parts", "size")

    def __init__(self, *, size: int, is_nullable: bool, parts: Sequence[Node] = ()) -> None:
        """Take the sums over the parts."""
        self.size = max(1, size)
        self.is_nullable = is_nullable
        self.parts = parts
        self.height: int = 1 + max((each.height for each in parts), default=0)


class Runes(Node):
    """One rune of a set."""

    __slots__ = ("ranges",)

    def __init__(self, ranges: Ranges) -> None:
        """Take the set."""
        super().__init__(size=1, is_nullable=False)
        self.ranges = ranges


class Assertion(Node):
    """An empty match at a place of a kind."""

    __slots__ = ("place",)

    def __init__(self, place: int) -> None:
        """Take the kind."""
        super().__init__(size=1, is_nullable=True)
        self.place = place


class Capture(Node):
    """A group with a number, from 1."""

    __slots__ = ("number",)

    def __init__(self, number: int, part: Node) -> None:
        """Take what is in the parentheses."""
        super().__init__(size=2 + part.size, is_nullable=part.is_nullable, parts=(part,))
        self.number = number


class Repeat(Node):
    """A part again and again: `least` times to `most`, None for no end; as few as possible if it is `lazy`.

    `is_counted`: it is written with numbers, which are limited.
    """

    __slots__ = ("is_counted", "lazy", "least", "most")

    def __init__(self, part: Node, least: int, most: int | None, *, lazy: bool, is_counted: bool = False) -> None:
        """Take the bounds."""
        if most is None:
            size = 2 + part.size if least == 0 else 1 + least * part.size
        else:
            size = most * part.size + most - least
        super().__init__(size=size, is_nullable=least == 0 or part.is_nullable, parts=(part,))
        self.least = least
        self.most = most
        self.lazy = lazy
        self.is_counted = is_counted


class Concatenation(Node):
    """Parts one after the other; without a part, the empty match."""

    __slots__ = ()

    def __init__(self, parts: Sequence[Node]) -> None:
        """Take the parts."""
        size = sum(each.size for each in parts)
        super().__init__(size=size, is_nullable=all(each.is_nullable for each in parts), parts=parts)


class Alternation(Node):
    """One of the parts; an earlier one is preferred."""

    __slots__ = ()

    def __init__(self, parts: Sequence[Node]) -> None:
        """Take the parts."""
        size = sum(each.size for each in parts) + len(parts) - 1
        super().__init__(size=size, is_nullable=any(each.is_nullable for each in parts), parts=parts)


def in_sequence(parts: list[Node]) -> Node:
    """Return the parts as one."""
    return parts[0] if len(parts) == 1 else Concatenation(tuple(parts))


def one_of(parts: list[Node]) -> Node:
    """Return the parts as one; those in a row that are a single rune become one set, in which none is preferred."""
    merged: list[Node] = []
    run: list[Runes] = []
    for part in [*parts, None]:
        if isinstance(part, Runes):
            run.append(part)
            continue
        if run:
            merged.append(run[0] if len(run) == 1 else Runes(union(pair for each in run for pair in each.ranges)))
            run = []
        if part is not None:
            merged.append(part)
    return merged[0] if len(merged) == 1 else Alternation(tuple(merged))
