"""Counted repetitions: how they are written, and how often a part may be repeated in all."""

from __future__ import annotations

from vault.gotemplate.regexp.errors import INVALID_REPEAT_SIZE, PatternError
from vault.gotemplate.regexp.nodes import Repeat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.regexp.nodes import Node
    from vault.gotemplate.regexp.patterntext import PatternText

MOST_REPETITIONS = 1000  # as Go
_MOST_DIGITS = 9


def counts(text: PatternText) -> tuple[int, int | None] | None:
    """Take {2}, {2,} or {2,3}, if it is next, and return the bounds; else it is text, and None.

    Raises PatternError for more than MOST_REPETITIONS, or if the least is more than the most.
    """
    begin = text.at
    text.at += 1
    least = most = _number(text)
    if least is not None and text.take(b","):
        most = None if text.starts_with(b"}") else _number(text)
        if most is None and not text.starts_with(b"}"):
            least = None
    if least is None or not text.take(b"}"):
        text.at = begin
        return None
    if least > MOST_REPETITIONS or (most is not None and (most > MOST_REPETITIONS or least > most)):
        raise PatternError(INVALID_REPEAT_SIZE, text.since(begin))
    return least, most


def _number(text: PatternText) -> int | None:
    """Take digits; a zero is not followed by others."""
    begin = text.at
    while text.peek().isdigit():
        text.at += 1
    digits = text.since(begin)
    if not digits or (len(digits) > 1 and digits.startswith(b"0")):
        return None
    return int(digits) if len(digits) <= _MOST_DIGITS else MOST_REPETITIONS + 1


def is_within_limit(node: Node, budget: Budget, times: int = MOST_REPETITIONS) -> bool:
    """Say whether no part of a node is repeated more than so often by all repetitions around it together."""
    budget.step()
    if isinstance(node, Repeat) and node.is_counted:
        most = node.least if node.most is None else node.most
        if node.most == 0:
            return True
        if most > times:
            return False
        times //= max(most, 1)
    return all(is_within_limit(each, budget, times) for each in node.parts)
