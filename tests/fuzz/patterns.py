"""Regular expressions: a pattern from a Pod's author, on a text from anywhere."""

from __future__ import annotations

from tests.fuzz.target import Target, cases
from vault.gotemplate.errors import LimitExceeded
from vault.gotemplate.limits import Budget, Limits
from vault.gotemplate.regexp.errors import PatternError
from vault.gotemplate.regexp.regexp import compile as compile_pattern

_LIMITS = Limits(steps=20_000, made_bytes=256 * 1024)


def searched(data: bytes) -> None:
    """Any pattern, text and replacement, with a line between them, give matches that agree, or an error with words."""
    pattern, _, rest = data.partition(b"\n")
    text, _, replacement = rest.partition(b"\n")
    budget = Budget(_LIMITS, lambda: False)
    try:
        regexp = compile_pattern(pattern, budget)
        places = regexp.find_all_submatch_index(text, -1)
        assert regexp.match(text) == bool(places)
        assert regexp.find_all(text, -1) == [text[each[0] : each[1]] for each in places]
        regexp.replace_all(text, replacement)
        regexp.split(text, -1)
    except PatternError as refused:
        assert refused.code
    except LimitExceeded as refused:
        assert refused.reason


_ROWS = [each for each in cases("goregexp.json") if isinstance(each["pattern"], str)]
PATTERN_TARGETS = {
    "pattern": Target(searched, [f"{each['pattern']}\n{each.get('text', '')}\n$1".encode() for each in _ROWS]),
}
