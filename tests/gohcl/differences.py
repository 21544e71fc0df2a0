"""Ask Vault's parser and ours the same texts, and count."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.gohcl.generator import generate
from tests.gohcl.oracle import Answer, ask_go, ask_ours

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass
class Difference:
    """A text on which both do not agree."""

    seed: int
    text: bytes
    go: Answer
    ours: Answer

    def __str__(self) -> str:
        return f"seed {self.seed}: {self.text!r}\n  Go   {self.go}\n  ours {self.ours}"


@dataclass
class Count:
    """What a run has seen. `stricter` are texts that we refuse and Go takes, by choice."""

    texts: int = 0
    alike: int = 0
    refused: int = 0
    stricter: int = 0
    differences: list[Difference] = field(default_factory=list)

    def table(self) -> str:
        """Return the count for people."""
        return (
            f"{self.texts} texts: {self.alike} alike, {self.refused} refused by both, {self.stricter} refused by ours "
            f"alone by choice, {len(self.differences)} differences"
        )


def is_by_choice(text: bytes, ours: Answer) -> bool:
    """Whether we refuse what Go takes for a reason.

    Go passes over a name and "=" at the end of a file; its reader of JSON takes much that is no JSON; a text that is
    not UTF-8 by its escapes goes on as it is.
    """
    return (
        ("the end of the file where a value" in ours.error)
        or text.lstrip(b" \t\n\v\f\r\x85\xa0").startswith(b"{")
        or "not UTF-8, by its escapes" in ours.error
    )


def compare(seeds: Iterable[int], count: Count) -> None:
    """Ask both about the texts of the seeds."""
    wanted = list(seeds)
    texts = [generate(each) for each in wanted]
    for seed, text, go in zip(wanted, texts, ask_go(texts), strict=True):
        ours = ask_ours(text)
        count.texts += 1
        if ours.error and go.error:
            count.refused += 1
        elif ours == go:
            count.alike += 1
        elif ours.error and is_by_choice(text, ours):
            count.stricter += 1
        else:
            count.differences.append(Difference(seed, text, go, ours))
