"""Suggested access files: whatever is needed, the text parses and grants as much, or says what is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.places import Place
from vault.policy.authoring.infer_mounts import guess_mount, guess_mounts
from vault.policy.authoring.suggest_access import Login, Need, suggest_access
from vault.policy.desired.policies import rules
from vault.policy.files.model import Mount
from vault.policy.files.parse import parse_access

LOGIN = Login("kubernetes", "kubernetes", "vault")
SEGMENTS = st.sampled_from(
    ["secret", "data", "shop", "creds", "issue", "a b", "x#", "+", "x*", "{{y}}", "é", "kv", "aws"]
)
PATHS = st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join)


@st.composite
def needs(draw: st.DrawFn) -> Need:
    """Draw a need of few workloads and roles, with any paths that an annotation can name."""
    account = draw(st.sampled_from(["a", "b.c", "Ä"]))
    reads = draw(st.frozensets(PATHS, max_size=4))
    return Need(
        namespace=draw(st.sampled_from(["shop", "other"])),
        service_account=account,
        role=draw(st.sampled_from([f"shop.{account}", "shared", "Upper"])),
        reads=reads,
        writes=draw(st.frozensets(PATHS, min_size=0 if reads else 1, max_size=2)),
        watched=draw(st.frozensets(st.sampled_from(sorted(reads)))) if reads else frozenset(),
        source=draw(st.text(max_size=10)),
    )


@given(st.lists(needs(), max_size=5))
def test_it_parses_and_grants_what_is_needed(wanted: list[Need]) -> None:
    """Each need is in the file with its operations and no other, or is told; and so in any order."""
    suggestion = suggest_access(wanted, LOGIN, {})

    found: dict[tuple[str, str], dict[str, set[str]]] = {}
    if suggestion.text:
        for grant in parse_access([("suggested", suggestion.text)]).grants:
            key = (str(grant.workload), grant.role)
            found[key] = {rule.path: set(rule.capabilities) for rule in rules(grant) if "/metadata/" not in rule.path}
    needed: dict[tuple[str, str], dict[str, set[str]]] = {}
    for need in wanted:
        paths = needed.setdefault((f"{need.namespace}/{need.service_account}", need.role), {})
        for path in need.reads:
            paths.setdefault(path, set()).add("read")
        for path in need.writes:
            paths.setdefault(path, set()).add("update")
    for key, paths in needed.items():
        if key in found:
            assert found.pop(key) == paths
        else:
            assert any(each.startswith(f"{key[0]}: ") for each in suggestion.left_out)
    assert found == {}
    again = suggest_access(list(reversed(wanted)), LOGIN, {})
    strip = [line for line in again.text.splitlines() if not line.lstrip().startswith("#")]
    assert strip == [line for line in suggestion.text.splitlines() if not line.lstrip().startswith("#")]


GUESSES = {
    "secret/data/shop/db": ("secret", "kv", 2),
    "team/kv/data/x": ("team/kv", "kv", 2),
    "secret/data": ("secret", "kv", 1),
    "plain/shop/data": ("plain", "kv", 1),
    "database/creds/shop": ("database", "database", None),
    "db/static-creds/shop": ("db", "database", None),
    "aws/creds/deploy": ("aws", "aws", None),
    "pki_int/issue/shop": ("pki_int", "pki", None),
    "ssh/sign/admin": ("ssh", "ssh", None),
    "transit/encrypt/key": ("transit", "transit", None),
    "team/transit/sign/key": ("team/transit", "transit", None),
    "totp/code/x": ("totp", "totp", None),
    "single": ("single", "kv", 1),
}


@pytest.mark.parametrize("path", GUESSES)
def test_guesses(path: str) -> None:
    """The engine's own word tells its kind, unless the mount is named after another engine."""
    mount = guess_mount(path)
    assert (mount.path, mount.kind, mount.version) == GUESSES[path]


def test_a_word_tells_more_than_none() -> None:
    """A mount that one path shows to be version 2 is that for all."""
    assert guess_mounts(["secret/a", "secret/data/b"])["secret"].version == 2
    assert guess_mounts(["secret/data/b", "secret/z"])["secret"].version == 2


def test_a_plugin() -> None:
    """An engine that nobody here knows counts as one without leases, and the file says so."""
    need = Need("shop", "a", "shop.a", frozenset({"corp/x"}), frozenset(), frozenset(), "Pod")
    suggestion = suggest_access(
        [need], LOGIN, {"corp": Mount("corp", "corp-plugin", None, has_leases=False, place=Place("Vault"))}
    )
    assert "omamori does not know the engine corp-plugin: write `leases: true`" in suggestion.text
    assert parse_access([("suggested", suggestion.text)]).grants[0].token.kind == "batch"
