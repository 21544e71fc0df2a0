"""What the API server takes for ours is what the webhook's own code takes for its: no annotation falls between."""

from __future__ import annotations

import re
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.chart.rendering import Rendered, render_least
from webhook.dialects.own.annotations import DOMAIN, parse
from webhook.errors import Rejected

pytestmark = pytest.mark.real

ANOTHER = {
    "domain": "vault.hashicorp.com",
    "switchOn": "vault.hashicorp.com/agent-inject",
    "injectedBy": ["vault-agent", "vault-agent-init"],
}
PREDICATE = re.compile(
    r"has\(object\.metadata\.annotations\) && "
    r"object\.metadata\.annotations\.exists\(k, k\.lowerAscii\(\)\.matches\('(.*)'\)\)"
)


def predicates(rendered: Rendered) -> list[str]:
    """Give the predicate of the webhook's configuration, and of the policy."""
    (webhook,) = rendered["MutatingWebhookConfiguration", "omamori"]["webhooks"]
    policy = rendered["ValidatingAdmissionPolicy", "omamori-backstop"]["spec"]
    return [each["matchConditions"][0]["expression"] for each in (webhook, policy)]


def expression(rendered: Rendered) -> re.Pattern[str]:
    """Give the regular expression in it; what it uses means the same to RE2 and to Python."""
    found = PREDICATE.fullmatch(predicates(rendered)[0])
    assert found
    return re.compile(found[1], re.ASCII)


def is_ours(annotation: str) -> bool:
    """Whether the webhook takes an annotation for one of its own: it then has an opinion on it."""
    try:
        return parse({"metadata": {"annotations": {annotation: "no such thing"}}}) is not None
    except Rejected:
        return True


@cache  # a property is tried a hundred times
def default_expression() -> re.Pattern[str]:
    """Give the expression of the chart's defaults."""
    return expression(render_least())


def test_one_source() -> None:
    """The webhook's configuration and the policy have the same predicate, whatever the dialects."""
    for dialects in ({}, {"another": ANOTHER}):
        mine, policys = predicates(render_least({"dialects": dialects}))
        assert mine == policys


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("omamori.dev/role", True),
        ("file.omamori.dev/db.env", True),
        ("flie.omamori.dev/db.env", True),
        ("File.Omamori.DEV/db.env", True),
        ("a.b.omamori.dev/c", True),
        ("omamori.dev", True),
        ("a_b.omamori.dev", True),
        ("file.omamori.dev", True),
        ("xomamori.dev/role", False),
        ("omamori.devx/role", False),
        ("omamori.dev.example.com/role", False),
        ("omamoriXdev/role", False),
        ("example.com/omamori.dev", False),
        ("role", False),
    ],
)
def test_known_cases(annotation: str, expected: bool) -> None:
    """What is ours and what is not, by the API server's words and by the webhook's."""
    assert (bool(default_expression().search(annotation.lower())), is_ours(annotation)) == (expected, expected)


NAME = st.lists(
    st.sampled_from(["omamori", "OMAMORI", "dev", "Dev", "file", "omamori.dev", ".", "/", "-", "_", "a", "9"]),
    max_size=8,
).map("".join)


@given(annotation=NAME)
def test_any_name(annotation: str) -> None:
    """For any name, both say the same."""
    assert bool(default_expression().search(annotation.lower())) == is_ours(annotation)


def test_another_dialect_is_values_alone() -> None:
    """A dialect that is added by values reaches the webhook, beside ours."""
    both = expression(render_least({"dialects": {"another": ANOTHER}}))
    for annotation in ("vault.hashicorp.com/agent-inject", "file.omamori.dev/a", f"{DOMAIN}/role"):
        assert both.search(annotation)
    assert not both.search("vault.example.com/role")
