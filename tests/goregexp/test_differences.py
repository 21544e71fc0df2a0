"""Ours and Go's regexp agree on generated patterns and texts, and on which runes are one but for case.

A new seed is tried with `python -m tests.goregexp FIRST LAST`; what is found becomes a case of
tests/cases/goregexp.json.
"""

from __future__ import annotations

import pytest

from tests.goregexp.differences import Count, compare
from tests.goregexp.oracle import folds_of_go, needs_go
from tests.support.scale import FULL, keep, scaled
from vault.gotemplate.regexp import errors
from vault.gotemplate.regexp.folding import FIRST_FOLDED, LAST_FOLDED, folded

pytestmark = [*needs_go(), pytest.mark.timeout(0 if FULL else 120)]

PAIRS = scaled(3000, 200_000)
BATCH = 500
# ours, and those whose patterns are too large for a generator
NEVER_GENERATED = {errors.NO_UNICODE_CLASSES, errors.TOO_DEEP, errors.TOO_LARGE}


def test_generated_patterns() -> None:
    """What both compile does the same by every method; what both refuse they refuse in the same words."""
    count = Count()
    for first in range(0, PAIRS, BATCH):
        compare(range(first, first + BATCH), count)
    keep("go regexps", {"pairs": count.pairs, "compiled": count.compiled, "matched": count.matched})

    assert not count.differences, f"{count.differences[0]}"
    assert count.compiled > count.pairs / 2
    assert count.matched > count.pairs / 3
    assert count.by_choice + count.limited < count.pairs / 100
    codes = {value for name, value in vars(errors).items() if name.isupper() and isinstance(value, str)}
    assert set(count.codes) == codes - NEVER_GENERATED


def test_cases_of_runes() -> None:
    """The runes that differ from one only by case are those that Go folds to each other."""
    folds = folds_of_go()
    assert len(folds) > 2000

    for rune in range(0x110000):
        orbit = [rune]
        while (following := folds.get(orbit[-1], orbit[-1])) != rune:
            orbit.append(following)
        assert sorted(folded(rune)) == sorted(orbit), hex(rune)
    assert (min(folds), max(folds)) == (FIRST_FOLDED, LAST_FOLDED)
