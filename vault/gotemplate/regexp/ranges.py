"""Sets of runes, as pairs of a first and a last rune; a set is sorted, and no two of its pairs touch."""

from __future__ import annotations

from vault.gotemplate.regexp.folding import FIRST_FOLDED, LAST_FOLDED, folded
from vault.gotemplate.utf8 import MAX_RUNE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from vault.gotemplate.limits import Budget

    Pairs = Iterable[tuple[int, int]]
    Ranges = tuple[tuple[int, int], ...]

ANY: Ranges = ((0, MAX_RUNE),)
ANY_BUT_NEWLINE: Ranges = ((0, 0x9), (0xB, MAX_RUNE))
NEWLINE: Ranges = ((0xA, 0xA),)

DIGITS: Ranges = ((0x30, 0x39),)
PERL_SPACES: Ranges = ((0x9, 0xA), (0xC, 0xD), (0x20, 0x20))  # not \v, which [[:space:]] has
WORD: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))

PERL_GROUPS = {b"d": DIGITS, b"s": PERL_SPACES, b"w": WORD}
POSIX_GROUPS: dict[bytes, Ranges] = {
    b"alnum": ((0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A)),
    b"alpha": ((0x41, 0x5A), (0x61, 0x7A)),
    b"ascii": ((0x0, 0x7F),),
    b"blank": ((0x9, 0x9), (0x20, 0x20)),
    b"cntrl": ((0x0, 0x1F), (0x7F, 0x7F)),
    b"digit": DIGITS,
    b"graph": ((0x21, 0x7E),),
    b"lower": ((0x61, 0x7A),),
    b"print": ((0x20, 0x7E),),
    b"punct": ((0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)),
    b"space": ((0x9, 0xD), (0x20, 0x20)),
    b"upper": ((0x41, 0x5A),),
    b"word": WORD,
    b"xdigit": ((0x30, 0x39), (0x41, 0x46), (0x61, 0x66)),
}

_RUNES_AT_ONCE = 256


def union(pairs: Pairs) -> Ranges:
    """Return the set of all that is in a pair."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(pairs):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return tuple(merged)


def complement(ranges: Ranges) -> Ranges:
    """Return the set of all other runes."""
    others = []
    begin = 0
    for first, last in ranges:
        if begin < first:
            others.append((begin, first - 1))
        begin = last + 1
    if begin <= MAX_RUNE:
        others.append((begin, MAX_RUNE))
    return tuple(others)


def with_both_cases(pairs: Pairs, budget: Budget) -> Ranges:
    """Return the set with all runes that differ from one in it only by case. Each rune that may is a step."""
    result: list[tuple[int, int]] = []
    for first, last in pairs:
        result.append((first, last))
        if first <= FIRST_FOLDED and last >= LAST_FOLDED:
            continue  # it has every rune that folding could add
        begin, end = max(first, FIRST_FOLDED), min(last, LAST_FOLDED) + 1
        for start in range(begin, end, _RUNES_AT_ONCE):
            chunk = range(start, min(start + _RUNES_AT_ONCE, end))
            budget.step(len(chunk))
            result.extend((each, each) for rune in chunk for each in folded(rune) if not first <= each <= last)
    return union(result)
