"""Ours and Go's text/template agree on generated templates.

A new seed is tried with `python -m tests.gotemplate FIRST LAST`; what is found becomes a case of
tests/cases/gotemplate.json.
"""

from __future__ import annotations

import string

import pytest

from tests.gotemplate.differences import Count, compare
from tests.gotemplate.oracle import needs_go
from tests.support.scale import FULL, keep, scaled
from vault.gotemplate.builtins import BUILTINS

pytestmark = [*needs_go(), pytest.mark.timeout(0 if FULL else 120)]

TEMPLATES = scaled(1500, 200_000)
BATCH = 500
KEYWORDS = ("block", "break", "continue", "define", "else", "end", "if", "nil", "range", "template", "with")
ALWAYS_REFUSED = ("call",)  # data has no function


def test_generated_templates() -> None:
    """What both render is the same, byte for byte; what both refuse they refuse at the same place."""
    count = Count()
    for first in range(0, TEMPLATES, BATCH):
        compare(range(first, first + BATCH), count)
    keep("go templates", {"templates": count.templates, "rendered": count.rendered, "refused": count.refused})

    assert not count.differences, f"{count.differences[0]}"
    assert not count.other_places, f"{count.other_places[0]}"
    assert count.rendered > count.templates / 2
    for name in (*KEYWORDS, *(set(BUILTINS) - {*ALWAYS_REFUSED})):
        assert count.used[name] > count.templates / 100, name
    for verb in "vTtdoObxXeEfFgGsqcU":
        assert verb in string.ascii_letters
        assert count.used[f"%{verb}"] > count.templates / 100, verb
