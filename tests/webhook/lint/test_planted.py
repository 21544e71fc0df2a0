"""Mistakes that were put into manifests: each is found on its line, and nothing else is.

A comment at the end of a line, `# error: RULE`, says what is to be found there. The tests T-ARO-3, T-AEV-2 and T-KFP-3
of the list of deployment systems are among them.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.webhook.test_commands import run
from webhook.admission.reasons import OUTCOMES, Reason
from webhook.lint.finding import RULES

CASES = Path(__file__).parents[2] / "cases/lint"
FILES = sorted(each for each in CASES.glob("*.yaml") if each.name != "values.yaml")
_EXPECTED = re.compile(r"# ((?:(?:error|warning|note): [a-z-]+(?:, )?)+)$")
# what a Pod is refused for: planted but for what takes hundreds of lines
REFUSALS = set(Reason) - {each for some in OUTCOMES.values() for each in some} - {Reason.TOO_LARGE}


def planted(file: Path) -> Counter[tuple[int, str, str]]:
    """Return line, level and rule of what is to be found in a file."""
    found: Counter[tuple[int, str, str]] = Counter()
    for number, line in enumerate(file.read_text().splitlines(), 1):
        if expected := _EXPECTED.search(line):
            for each in expected[1].split(", "):
                level, rule = each.split(": ")
                found[number, level, rule] += 1
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_planted(file: Path) -> None:
    """Each line that has a comment, and no other."""
    ended = run("lint", "--settings", CASES / "values.yaml", "-o", "json", file)

    expected = planted(file)
    errors = any(level == "error" for _, level, _ in expected)
    assert ended.returncode == (2 if errors else 0), ended.stderr
    answer = json.loads(ended.stdout)
    assert Counter((each["line"], each["level"], each["rule"]) for each in answer["findings"]) == expected
    assert answer["files"] == [str(file)]


def test_enough_is_planted() -> None:
    """Each reason of a refusal, each rule that is no reason but of a file that is no manifest, and forty in all."""
    rules = Counter(rule for file in FILES for _, _, rule in planted(file))
    assert {str(each) for each in REFUSALS} <= rules.keys()
    # what needs access files is in test_access.py
    assert RULES.keys() - {"unreadable", "not-granted", "not-known"} <= rules.keys()
    assert rules.total() >= 40
