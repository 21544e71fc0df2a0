"""Ask Go and ours the same patterns, and count."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.goregexp.generator import generate
from tests.goregexp.oracle import ask_go
from tests.support.vault.goregexps import Answer, Case, ask_ours
from vault.gotemplate.regexp.errors import NO_UNICODE_CLASSES

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass
class Difference:
    """A case on which Go and ours do not agree."""

    seed: int
    case: Case
    go: Answer
    ours: Answer

    def __str__(self) -> str:
        names = [each for each in vars(self.go) if getattr(self.go, each) != getattr(self.ours, each)]
        lines = [f"  {each}: Go {getattr(self.go, each)!r}, ours {getattr(self.ours, each)!r}" for each in names]
        return "\n".join([f"seed {self.seed}", f"  {self.case}", *lines])


@dataclass
class Count:
    """What a run has seen. `codes` counts the words by which both refuse."""

    pairs: int = 0
    compiled: int = 0
    matched: int = 0
    refused: int = 0
    by_choice: int = 0
    limited: int = 0
    differences: list[Difference] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)

    def table(self) -> str:
        """Return the count for people."""
        summary = (
            f"{self.pairs} pairs: {self.compiled} compiled by both and alike in all ({self.matched} of them match), "
            f"{self.refused} refused by both in the same words, {self.by_choice} different by choice, "
            f"{self.limited} over our limits, {len(self.differences)} differences"
        )
        return "\n".join([summary] + [f"  {count:6} {code}" for code, count in sorted(self.codes.items())])


def compare(seeds: Iterable[int], count: Count) -> None:
    """Ask both about the cases of the seeds."""
    wanted = list(seeds)
    cases = [generate(each) for each in wanted]
    for seed, case, go in zip(wanted, cases, ask_go(cases), strict=True):
        ours = ask_ours(case)
        count.pairs += 1
        if ours.is_limit:
            count.limited += 1
        elif ours != go and (ours.code == NO_UNICODE_CLASSES or b"\\x{D800}" in case.pattern):
            count.by_choice += 1
        elif ours != go:
            count.differences.append(Difference(seed, case, go, ours))
        elif go.code:
            count.refused += 1
            count.codes[go.code] += 1
        else:
            count.compiled += 1
            count.matched += go.match
