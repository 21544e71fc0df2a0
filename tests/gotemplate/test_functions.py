"""Ours and Consul-Template agree on generated templates with its functions, and on those of the table of cases.

A new seed is tried with `python -m tests.gotemplate FIRST LAST SECONDS functions`, or `sprig`; what is found becomes a
case of tests/cases/consultemplate.json or sprig.json.
"""

from __future__ import annotations

import pytest

from tests.gotemplate.differences import Count, compare_functions, compare_sprig
from tests.gotemplate.oracle import ask_consul_template, needs_go
from tests.gotemplate.sprig_generator import ASKED
from tests.support.scale import FULL, keep, scaled
from tests.support.vault.consultemplate_cases import CASES
from vault.gotemplate.functions.table import MODULES

pytestmark = [*needs_go("consultemplate"), pytest.mark.timeout(0 if FULL else 120)]

TEMPLATES = scaled(1500, 200_000)
SPRIG_TEMPLATES = scaled(3000, 200_000)
BATCH = 500


def test_cases() -> None:
    """Consul-Template renders each case as the file says, and refuses what is refused there."""
    for (case, expected), given in zip(CASES, ask_consul_template([case for case, _ in CASES]), strict=True):
        assert given.output == expected.output, case
        assert bool(given.error) == bool(expected.error), case


def test_generated_templates() -> None:
    """What both render is the same, byte for byte; what both refuse they refuse at the same place."""
    count = Count()
    for first in range(0, TEMPLATES, BATCH):
        compare_functions(range(first, first + BATCH), count)
    keep(
        "consul-template templates",
        {"templates": count.templates, "rendered": count.rendered, "refused": count.refused},
    )

    assert not count.differences, f"{count.differences[0]}"
    assert not count.other_places, f"{count.other_places[0]}"
    assert count.rendered > count.templates / 2
    for name in MODULES.keys() - ASKED.keys() - {"timestamp", "sprig_ago"}:
        assert count.used[name] > count.templates / 300, name


def test_generated_templates_with_sprig() -> None:
    """The same of sprig's functions, regular expressions, YAML and times; what is random is compared by its shape."""
    count = Count()
    for first in range(0, SPRIG_TEMPLATES, BATCH):
        compare_sprig(range(first, first + BATCH), count)
    keep("sprig templates", {"templates": count.templates, "rendered": count.rendered, "refused": count.refused})

    assert not count.differences, f"{count.differences[0]}"
    assert not count.other_places, f"{count.other_places[0]}"
    assert count.rendered > count.templates / 2
    for name in (*ASKED, "timestamp", "sprig_ago"):
        assert count.used[name] > count.templates / 1000, name
