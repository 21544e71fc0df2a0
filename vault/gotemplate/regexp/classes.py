"""Classes in brackets. As parseClass of regexp/syntax."""

from __future__ import annotations

from vault.gotemplate.regexp.errors import INVALID_RANGE, MISSING_BRACKET, PatternError
from vault.gotemplate.regexp.escapes import escaped_class, escaped_rune
from vault.gotemplate.regexp.ranges import POSIX_GROUPS, complement, union, with_both_cases

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.regexp.patterntext import PatternText
    from vault.gotemplate.regexp.ranges import Ranges

_PAIR_BYTES = 64
_KIB = 1024


def bracketed(text: PatternText, budget: Budget, *, fold: bool) -> Ranges:
    """Take a class from its bracket on, and return its runes; `fold`: of both cases. Raises PatternError."""
    begin = text.at
    text.at += 1
    is_negated = text.take(b"^")
    pairs: list[tuple[int, int]] = []
    is_first = True  # ] is a rune if it is the first
    while is_first or not text.starts_with(b"]"):
        is_first = False
        budget.step()
        ranges = _named(text, budget, fold=fold) or escaped_class(text, budget, fold=fold)
        if ranges is None:
            pair = _range(text, begin)
            ranges = with_both_cases([pair], budget) if fold else (pair,)
        budget.make(_PAIR_BYTES * len(ranges))
        pairs.extend(ranges)
    text.at += 1
    budget.step(len(pairs))
    return complement(union(pairs)) if is_negated else union(pairs)


def _named(text: PatternText, budget: Budget, *, fold: bool) -> Ranges | None:
    """Take [:alpha:] or [:^alpha:] and their like, if one is next."""
    if not text.starts_with(b"[:"):
        return None
    budget.step(1 + (len(text.pattern) - text.at) // _KIB)
    end = text.pattern.find(b":]", text.at + 2)
    if end < 0:
        return None
    begin = text.at
    text.at = end + 2
    name = text.pattern[begin + 2 : end]
    ranges = POSIX_GROUPS.get(name.removeprefix(b"^"))
    if ranges is None:
        raise PatternError(INVALID_RANGE, text.since(begin))
    if fold:
        ranges = with_both_cases(ranges, budget)
    return complement(ranges) if name.startswith(b"^") else ranges


def _range(text: PatternText, class_begin: int) -> tuple[int, int]:
    """Take a rune, or two with a hyphen between them; a hyphen before the end of the class is a rune."""
    begin = text.at
    first = last = _rune(text, class_begin)
    if text.starts_with(b"-") and text.peek(1) not in (b"", b"]"):
        text.at += 1
        last = _rune(text, class_begin)
        if last < first:
            raise PatternError(INVALID_RANGE, text.since(begin))
    return first, last


def _rune(text: PatternText, class_begin: int) -> int:
    if text.is_at_end():
        raise PatternError(MISSING_BRACKET, text.rest(class_begin))
    return escaped_rune(text) if text.starts_with(b"\\") else text.rune()
