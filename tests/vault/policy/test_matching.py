"""Which rule decides, by the order that Vault documents; and the same as a real server, for any rules."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.support.vault.access import Ground
from tests.support.vault.policy_exactness import PATHS, assert_exact, grants
from tests.support.vault.server import VaultServer
from vault.policy.desired.hcl import PathRule
from vault.policy.desired.match import best_rule

# rules, a path, and which of them decides
CASES = [
    (["a/b", "a/*"], "a/b", "a/b"),
    (["a/b", "a/*"], "a/bc", "a/*"),
    (["a/b"], "a/b/c", None),
    (["a/b"], "a", None),
    (["a/*"], "a/", "a/*"),
    (["a/*"], "a", None),
    (["a*"], "a", "a*"),
    (["*"], "anything/at/all", "*"),
    (["a/+/c", "a/b/*"], "a/b/c", "a/b/*"),
    (["a/+/c", "a/*"], "a/b/c", "a/+/c"),
    (["+/b/c", "a/+/c"], "a/b/c", "a/+/c"),
    (["a/+/+", "a/+/c"], "a/b/c", "a/+/c"),
    (["a/+/c*", "a/+/*"], "a/b/cd", "a/+/c*"),
    (["a/+"], "a/b/c", None),
    (["a/+"], "a", None),
    (["a/+/*"], "a/b/c/d", "a/+/*"),
    (["a/b"], "a/b/", "a/b"),
]


@pytest.mark.parametrize(("rules", "path", "deciding"), CASES)
def test_the_most_specific_rule_decides(rules: list[str], path: str, deciding: str | None) -> None:
    """Exact, then by the place of the first wildcard, no `*`, fewer `+`, length, alphabet."""
    found = best_rule([PathRule(each, ("read",)) for each in rules], path)

    assert (found.path if found else None) == deciding


@settings(max_examples=40, phases=[Phase.generate])
@given(granted=grants(), paths=st.lists(PATHS, min_size=3, max_size=12, unique=True))
def test_a_policy_allows_what_was_granted(vault_server: VaultServer, granted: dict[str, Any], paths: list[str]) -> None:
    """Neither a sibling nor a prefix nor another operation, by sys/capabilities and by real requests."""
    assert_exact(vault_server, Ground(vault_server, number=900), granted, paths)
