"""regexMatch and regexReplaceAll, and what sprig's functions on regular expressions share with them.

An error names what is wrong with a pattern, not the pattern, which may come from a secret.
"""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.regexp.errors import PatternError
from vault.gotemplate.regexp.regexp import compile as compile_pattern
from vault.gotemplate.values import STRING_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.regexp.regexp import Regexp

_MOST_KEPT = 32


class BadPattern(Fault):
    """A pattern is refused: `code` is why."""

    def __init__(self, code: str) -> None:
        """Take one of the words of `regexp.errors`."""
        self.code = code
        super().__init__(f"error parsing regexp: {code}")


def compiled(budget: Budget, pattern: bytes) -> Regexp:
    """Return what a pattern means; an execution compiles it once, unless it has many. Raises BadPattern."""
    kept: dict[bytes, Regexp] = budget.kept.setdefault("patterns", {})
    found = kept.get(pattern)
    if found is None:
        try:
            found = compile_pattern(pattern, budget)
        except PatternError as error:
            raise BadPattern(error.code) from None
        if len(kept) >= _MOST_KEPT:
            del kept[next(iter(kept))]
        kept[pattern] = found
    return found


def match(budget: Budget, pattern: bytes, text: bytes) -> bool:
    """Say whether a text has a match. Raises BadPattern."""
    return compiled(budget, pattern).match(text)


def _replace_all(budget: Budget, pattern: bytes, replacement: bytes, text: bytes) -> bytes:
    return compiled(budget, pattern).replace_all(text, replacement)


FUNCTIONS = {
    "regexMatch": Function(match, STRING_TYPE, STRING_TYPE),
    "regexReplaceAll": Function(_replace_all, STRING_TYPE, STRING_TYPE, STRING_TYPE),
}
