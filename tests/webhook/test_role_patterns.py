"""Settings: patterns of roles give no two ServiceAccounts one role."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from webhook.config.role_template import parse_role_pattern

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


@given(LABEL, SUBDOMAIN, LABEL, SUBDOMAIN)
def test_default_pattern_is_injective(namespace: str, account: str, other: str, other_account: str) -> None:
    """So is the default."""
    pattern = parse_role_pattern("{namespace}.{service_account}")
    same = (namespace, account) == (other, other_account)
    assert (pattern.role(namespace, account) == pattern.role(other, other_account)) == same
