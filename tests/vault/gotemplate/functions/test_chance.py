"""What is random, and the time, come from the caller alone."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from tests.support.vault.chance import Chance
from vault.gotemplate.chance import random_below
from vault.gotemplate.errors import ExecutionError
from vault.gotemplate.functions.library import LIBRARY
from vault.gotemplate.limits import Budget, Limits
from vault.gotemplate.template import parse

ASKING = (
    "{{timestamp}}", '{{timestamp "2006"}}', "{{sprig_randInt 1 9}}", '{{sprig_shuffle "abc"}}', "{{sprig_ago 1}}",
    '{{sprig_durationRound (sprig_toDate "2006" "2000")}}',
)  # fmt: skip
ALL = "{{timestamp}} {{sprig_randInt 0 1000000}} {{sprig_shuffle `abcdefghij`}} {{sprig_ago 1}}"


@pytest.mark.parametrize("text", ASKING)
def test_a_template_without_chance(text: str) -> None:
    """A function that needs it is refused where the caller gives none."""
    with pytest.raises(ExecutionError, match=r"the clock and random values are not available here$"):
        parse(text.encode(), functions=LIBRARY).execute(None)


def test_the_same_chance_gives_the_same_output() -> None:
    """An execution can be repeated; another seed gives something else."""
    template = parse(ALL.encode(), functions=LIBRARY)

    first, again, other = (template.execute(None, chance=Chance(seed)) for seed in (1, 1, 2))

    assert first == again
    assert first != other
    assert first.startswith(b"2006-04-18T07:34:05Z ")


def test_what_needs_no_chance_asks_for_none() -> None:
    """A range of one integer, and a text of one letter, take no random bytes."""
    chance = Chance()
    template = parse(b'{{sprig_shuffle "a"}}{{sprig_shuffle ""}}{{sprig_ago nil}}', functions=LIBRARY)
    assert template.execute(None, chance=chance) == b"a0s"
    assert not chance.asked


class _Every:
    """Gives each byte once, in any order, so that a bias is seen exactly."""

    def __init__(self) -> None:
        self._left = list(range(256))
        Random(7).shuffle(self._left)

    def bytes(self, count: int) -> bytes:
        return bytes(self._left.pop() for _ in range(count))

    def now(self) -> int:
        return 0


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 10, 100, 255])
def test_a_choice_has_no_bias(limit: int) -> None:
    """Of all bytes each choice gets as many as the others; those that are too many are thrown away."""
    budget = Budget(Limits(), lambda: False)
    budget.kept["chance"] = _Every()
    count = 256 // limit

    chosen = Counter(random_below(budget, limit) for _ in range(count * limit))

    assert chosen == dict.fromkeys(range(limit), count)


def test_large_ranges() -> None:
    """A range that needs more than a byte is covered from its begin to its end."""
    budget = Budget(Limits(), lambda: False)
    budget.kept["chance"] = Chance()
    numbers = [random_below(budget, 70_000) for _ in range(2_000)]
    assert min(numbers) < 200
    assert max(numbers) > 69_800
