"""A grant's policy: byte for byte, and nothing that was not granted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.policy.desired.hcl import CAPABILITIES, PathRule, parse_rules, render_rules
from vault.policy.desired.mark import Mark, parse_mark
from vault.policy.desired.policies import render_policy, rules
from vault.policy.files.model import Access
from vault.policy.files.parse import parse_access

HEAD = """\
accessVersion: 1
owner: shop
mounts: {s: {type: kv}, d: {type: database}, pki: {type: pki}}
auth: {kubernetes: {type: kubernetes}}
grants:
- workload: {namespace: shop, serviceAccount: checkout}
"""


def access(more: str) -> Access:
    """Parse a file of one grant."""
    return parse_access([("f.yaml", HEAD + more)])


def test_a_static_grant() -> None:
    """Sorted paths, capabilities in one order, metadata only where watched, nothing for a batch token."""
    (grant,) = access("  paths: {s/data/b: [update, read], s/data/a: [watch, read], pki/issue/shop: update}\n").grants

    assert render_policy(grant) == (
        "# omamori: owner shop, role auth/kubernetes/role/shop.checkout\n"
        "# Made from access files; what is changed here is undone by the next apply.\n"
        '\npath "pki/issue/shop" {\n  capabilities = ["update"]\n}\n'
        '\npath "s/data/a" {\n  capabilities = ["read"]\n}\n'
        '\npath "s/data/b" {\n  capabilities = ["read", "update"]\n}\n'
        '\npath "s/metadata/a" {\n  capabilities = ["read"]\n}\n'
    )


def test_a_leased_grant() -> None:
    """The program in the Pod may renew and end its token, and renew what is leased; rawPolicy comes last, as it is."""
    raw = 'path "x" { capabilities = ["sudo"] }'
    (grant,) = access(f"  paths: {{d/creds/shop: read}}\n  rawPolicy: '{raw}'\n").grants

    text = render_policy(grant)

    for path in ("auth/token/renew-self", "auth/token/revoke-self", "sys/leases/renew"):
        assert f'path "{path}" {{\n  capabilities = ["update"]\n}}\n' in text
    assert text.endswith(f"# From rawPolicy.\n{raw}\n")


def test_a_watched_path_hides_no_broader_one() -> None:
    """The rule for the metadata would hide that of the folder, and so keeps what that allows."""
    (grant,) = access("  paths: {s/data/a: [read, watch], 's/metadata/*': list}\n").grants

    assert PathRule("s/metadata/a", ("read", "list")) in rules(grant)


def test_the_mark_is_read_back() -> None:
    """The first line says whose it is; without it, or further down, a policy is not ours."""
    (grant,) = access("  paths: {s/data/a: read}\n").grants
    text = render_policy(grant)

    assert parse_mark(text) == Mark("shop", "auth/kubernetes/role/shop.checkout")
    assert parse_mark(f"\n{text}") is None
    assert parse_mark("# by hand\n") is None
    for path in ("auth/../sys/role/a", "auth/kubernetes/role/..", "auth/./kubernetes/role/a"):
        assert parse_mark(f"# omamori: owner shop, role {path}\n") is None, path


OTHER_POLICIES = [
    'path "a" { capabilities = ["deny"] }',
    'path "a" { capabilities = ["sudo", "read"] }',
    'path "a" { capabilities = [] }',
    'path "a" { policy = "read" }',
    'path "a" { capabilities = ["read"] min_wrapping_ttl = "1s" }',
    'path "a" { capabilities = ["read"] required_parameters = ["x"] }',
    'path "{{identity.entity.id}}" { capabilities = ["read"] }',
    '{"path": {"a": {"capabilities": ["read"]}}}',
    'path "a" { capabilities = ["read"] } garbage',
    'path "a" { capabilities = ["read"',
    'path "a\\n" { capabilities = ["read"] }',
    "path 'a' { capabilities = ['read'] }",
]


@pytest.mark.parametrize("text", OTHER_POLICIES)
def test_what_a_grant_cannot_say_is_not_read(text: str) -> None:
    """Anything but paths and capabilities."""
    assert parse_rules(text) is None


def test_comments_and_commas_are_read_over() -> None:
    """As people write policies."""
    text = (
        '# a\n// b\n/* c\n */ path "a" { # d\n capabilities = ["read", "create",]\n}\npath "b" {capabilities=["list"]}'
    )

    assert parse_rules(text) == (PathRule("a", ("create", "read")), PathRule("b", ("list",)))


_PATHS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1).filter(
    lambda text: "{{" not in text and "${" not in text
)
_WORDS = st.sets(st.sampled_from(CAPABILITIES), min_size=1).map(
    lambda found: tuple(sorted(found, key=CAPABILITIES.index))
)


@given(st.lists(st.builds(PathRule, _PATHS, _WORDS)))
def test_what_is_written_is_read(written: list[PathRule]) -> None:
    """`parse_rules` is the inverse of `render_rules`, whatever is in the paths."""
    assert parse_rules("\n".join(render_rules(written))) == tuple(written)


@given(st.text() | st.text(alphabet='path "{}[]=,capbiltesrd#/*\\\n'))
def test_any_text_is_rules_or_none(text: str) -> None:
    """No text raises."""
    parse_rules(text)
