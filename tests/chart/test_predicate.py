"""What the API server takes for ours is what the webhook's own code takes for its: no annotation falls between."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.realparts.kubeclient import kube_client
from tests.support.cluster.rendering import CHART, Document, Rendered, chart_with, merged, render_least
from tests.support.waiting import wait_until
from webhook.admission.annotations.parse import parse_annotations
from webhook.admission.annotations.vault_k8s.go_values import FALSE_WORDS, TRUE_WORDS
from webhook.admission.problems import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from tests.realparts.apiserver import ApiServer

pytestmark = pytest.mark.real

VAULT_K8S = {"dialects": {"vaultK8s": {"enabled": True}}}
# values that serve the dialect in the namespace default, and those that do not
HERE = [{"servedNamespaces": ["shop", "default"]}, {"leftNamespaces": ["shop"]}]
ELSEWHERE = [{"servedNamespaces": ["shop"]}, {"leftNamespaces": ["shop", "default"]}]
POLICY = "judge"
CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


def predicates(rendered: Rendered) -> list[str]:
    """Give the predicate of the webhook's configuration, and of the policy."""
    (webhook,) = rendered["MutatingWebhookConfiguration", "omamori"]["webhooks"]
    policy = rendered["ValidatingAdmissionPolicy", "omamori-backstop"]["spec"]
    return [each["matchConditions"][0]["expression"] for each in (webhook, policy)]


def in_namespaces(lists: Document) -> Document:
    """Give values that turn the dialect on in some namespaces."""
    return merged(VAULT_K8S, {"dialects": {"vaultK8s": lists}})


class Judge:
    """The API server, which refuses a ConfigMap to whose annotations an expression of CEL applies."""

    def __init__(self, server: ApiServer, client: httpx.Client, expression: str) -> None:
        """Make the policy and wait until it is known."""
        rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
        spec = {
            "matchConstraints": {"resourceRules": [rule]},
            "validations": [{"expression": f"!({expression})", "message": "ours"}],
        }
        group = "admissionregistration.k8s.io/v1"
        bound = {"policyName": POLICY, "validationActions": ["Deny"]}
        self._client = client
        server.apply(
            {"apiVersion": group, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": POLICY}, "spec": spec},
            {
                "apiVersion": group,
                "kind": "ValidatingAdmissionPolicyBinding",
                "metadata": {"name": POLICY},
                "spec": bound,
            },
        )
        wait_until(lambda: self.finds("omamori.dev/role"), 30, "the policy is known")

    def finds(self, annotation: str, value: str = "") -> bool:
        """Whether the expression is true of an annotation."""
        metadata = {"name": "asked", "annotations": {annotation: value}}
        answer = self._client.post(CONFIG_MAPS, params={"dryRun": "All"}, json={"metadata": metadata})
        assert answer.status_code == 201 or "denied request: ours" in answer.text, answer.text
        return answer.status_code != 201


@pytest.fixture(scope="module")
def client(server: ApiServer) -> Iterator[httpx.Client]:
    """A client of the API server, which has no policy afterwards."""
    with kube_client(server) as made:
        yield made
    server.kubectl("delete", "validatingadmissionpolicybinding,validatingadmissionpolicy", POLICY)


@pytest.fixture(scope="module")
def judge(server: ApiServer, client: httpx.Client) -> Judge:
    """The predicate of the chart's defaults."""
    return Judge(server, client, predicates(render_least())[0])


def is_ours(annotation: str) -> bool:
    """Whether the webhook takes an annotation for one of its own: it then has an opinion on it."""
    try:
        return parse_annotations({"metadata": {"annotations": {annotation: "no such thing"}}}) is not None
    except Rejected:
        return True


def test_one_source(tmp_path: Path) -> None:
    """The webhook's configuration and the policy have the same predicate, whatever the dialects."""
    for chart in (CHART, chart_with(tmp_path, {"domain": "secrets.example.com"})):
        for values in ({}, VAULT_K8S, *map(in_namespaces, (*HERE, *ELSEWHERE))):
            mine, policys = predicates(render_least(values, chart=chart))
            assert mine == policys


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("omamori.dev/role", True),
        ("file.omamori.dev/db.env", True),
        ("flie.omamori.dev/db.env", True),
        ("template.omamori.dev/db.conf", True),
        ("template-options.omamori.dev/db.conf", True),
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
def test_known_cases(judge: Judge, annotation: str, expected: bool) -> None:
    """What is ours and what is not, by the API server's words and by the webhook's."""
    assert (judge.finds(annotation), is_ours(annotation)) == (expected, expected)


# pieces that make what is nearly ours; what Kubernetes takes for an annotation's name (IsQualifiedName, in lower case)
PIECES = ["omamori", "OMAMORI", "dev", "Dev", "file", "omamori.dev", ".", ".", "/", "-", "_", "a", "9"]
VALID = re.compile(
    r"([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[a-z0-9]([-_.a-z0-9]*[a-z0-9])?"
)
NAME = st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join)


@given(annotation=NAME.filter(lambda name: len(name) <= 63 and VALID.fullmatch(name.lower())))
@settings(max_examples=300, suppress_health_check=[HealthCheck.filter_too_much])
def test_any_name(judge: Judge, annotation: str) -> None:
    """For any name that Kubernetes takes, both say the same."""
    assert judge.finds(annotation) == is_ours(annotation)


def test_another_dialect(server: ApiServer, client: httpx.Client, judge: Judge) -> None:
    """With the other dialect on, its switch reaches the webhook with any value that is not one for no, beside ours."""
    foreign = "vault.hashicorp.com/agent-inject"
    assert not judge.finds(foreign, "true")
    both = Judge(server, client, predicates(render_least(VAULT_K8S))[0])
    wait_until(lambda: both.finds(foreign, "true"), 30, "the other expression is known")
    assert [each for each in FALSE_WORDS if both.finds(foreign, each)] == []
    assert all(both.finds(foreign, each) for each in (*TRUE_WORDS, "maybe", " false", "no"))
    assert both.finds("file.omamori.dev/a")
    assert not both.finds("vault.hashicorp.com/role")


@pytest.mark.usefixtures("judge")
@pytest.mark.parametrize(
    ("lists", "is_served"), [*((each, True) for each in HERE), *((each, False) for each in ELSEWHERE)]
)
def test_two_injectors(server: ApiServer, client: httpx.Client, lists: Document, is_served: bool) -> None:
    """Of a namespace that the other injector serves, Pods in its dialect do not reach the webhook; ours always do."""
    known = "-".join(("known", *lists, *next(iter(lists.values()))))
    mine = predicates(render_least(in_namespaces(lists)))[0]
    both = Judge(server, client, f"({mine}) || '{known}' in object.metadata.annotations")
    wait_until(lambda: both.finds(known), 30, "the expression is known")
    assert both.finds("vault.hashicorp.com/agent-inject", "true") == is_served
    assert both.finds("file.omamori.dev/a")
