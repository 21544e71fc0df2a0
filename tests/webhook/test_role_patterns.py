"""Settings: patterns of roles give no two ServiceAccounts one role."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhook.config.patterns import parse_role_pattern

LABEL = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,4}[a-z0-9])?", fullmatch=True)
SUBDOMAIN = st.lists(LABEL, min_size=1, max_size=3).map(".".join)
PATTERNS = st.lists(
    st.sampled_from(["{namespace}", "{service_account}", ".", "-", "_", "a", "a.", ".b", "/", "{"]), max_size=5
).map("".join)


@given(PATTERNS, st.tuples(LABEL, SUBDOMAIN), st.tuples(LABEL, SUBDOMAIN))
def test_role_patterns_are_injective(text: str, one: tuple[str, str], other: tuple[str, str]) -> None:
    """A pattern that is accepted never gives two ServiceAccounts one role."""
    try:
        pattern = parse_role_pattern(text)
    except ValueError:
        return
    assert (pattern.role(*one) == pattern.role(*other)) == (one == other)


@pytest.mark.parametrize(
    "text",
    [
        "{namespace}{service_account}",
        "{service_account}{namespace}",
        "{namespace}a.{service_account}",
        "{namespace}-{service_account}",
        "{service_account}.a{namespace}",
        "x.{service_account}-{namespace}.y",
    ],
)
def test_patterns_without_a_border_are_refused(text: str) -> None:
    """What stands beside the namespace could be a part of it: a random pair would hardly show that."""
    with pytest.raises(ValueError, match="which can give two ServiceAccounts the same role"):
        parse_role_pattern(text)


@given(LABEL, SUBDOMAIN, LABEL, SUBDOMAIN)
def test_default_pattern_is_injective(namespace: str, account: str, other: str, other_account: str) -> None:
    """So is the default."""
    pattern = parse_role_pattern("{namespace}.{service_account}")
    same = (namespace, account) == (other, other_account)
    assert (pattern.role(namespace, account) == pattern.role(other, other_account)) == same
