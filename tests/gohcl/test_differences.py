"""Ours and Vault's parser agree on generated texts: the same data and lines, or both refuse.

A new seed is tried with `python -m tests.gohcl FIRST LAST`; what is found becomes a case of tests/cases/hcl.json.
"""

from __future__ import annotations

import pytest

from tests.gohcl.differences import Count, compare
from tests.gohcl.oracle import Answer, ask_go, needs_go
from tests.support.scale import FULL, keep, scaled
from tests.support.vault.hcl_cases import CASES, blocks, text_of

pytestmark = [*needs_go(), pytest.mark.timeout(0 if FULL else 120)]

TEXTS = scaled(10_000, 500_000)
BATCH = 1000


def test_generated_texts() -> None:
    """Nothing that one takes does the other take in another way; what ours alone refuses it refuses by choice."""
    count = Count()
    for first in range(0, TEXTS, BATCH):
        compare(range(first, first + BATCH), count)
    keep("go hcl", {"texts": count.texts, "alike": count.alike, "refused": count.refused})

    assert not count.differences, f"{count.differences[0]}"
    assert count.alike > count.texts / 3
    assert count.refused > count.texts / 10
    assert count.stricter < count.texts / 100


@pytest.mark.parametrize("name", [name for name, each in CASES.items() if "go" not in each])
def test_cases(name: str) -> None:
    """The cases are what Vault's parser makes of them, but for those that say otherwise."""
    (answer,) = ask_go([text_of(CASES[name])])
    if "error" in CASES[name]:
        assert answer.error
    else:
        assert answer == Answer(blocks(CASES[name]["data"]), tuple(CASES[name]["lines"]))
