"""Each default that makes the chart safe: it is there, and its value takes it away."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cluster.rendering import kits, render, render_least

pytestmark = pytest.mark.real

WEBHOOK = ("Deployment", "omamori")
CONFIGURATION = ("MutatingWebhookConfiguration", "omamori")
BACKSTOP = ("ValidatingAdmissionPolicy", "omamori-backstop")
BINDING = ("ValidatingAdmissionPolicyBinding", "omamori-backstop")
KEEP = {"helm.sh/resource-policy": "keep"}


@pytest.mark.parametrize(
    ("values", "gone"),
    [
        ({"backstop": {"enabled": False}}, {BACKSTOP, BINDING}),
        ({"podDisruptionBudget": {"enabled": False}}, {("PodDisruptionBudget", "omamori")}),
        (
            {"networkPolicy": {"enabled": False}},
            {("NetworkPolicy", "omamori"), ("NetworkPolicy", "omamori-controller")},
        ),
    ],
)
def test_on_and_off(values: dict[str, Any], gone: set[tuple[str, str]]) -> None:
    """What is on by default is there, and switching it off takes it away, and nothing else."""
    assert set(render_least().documents) - set(render_least(values).documents) == gone


def test_backstop_stays_only_where_asked() -> None:
    """`keep` puts Helm's own annotation on both of its parts."""
    asked, not_asked = render_least({"backstop": {"keep": True}}), render_least()
    for part in (BACKSTOP, BINDING):
        assert asked[part]["metadata"]["annotations"] == KEEP
        assert "annotations" not in not_asked[part]["metadata"]


@pytest.mark.parametrize("kit", sorted(kits()))
def test_every_container_is_confined(kit: str) -> None:
    """No container may write, gain a privilege, be root, or use more memory than it says."""
    rendered = render(kits()[kit])
    containers = rendered.containers()
    assert "webhook" in containers
    for each in containers.values():
        assert each["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        }
        assert {"cpu", "memory"} <= set(each["resources"]["requests"])
        assert "memory" in each["resources"]["limits"]
    for pod in rendered.pods():
        context = pod["securityContext"]
        assert context["runAsNonRoot"] is True
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["enableServiceLinks"] is False


def test_numbers_left_to_the_platform() -> None:
    """Where a key is null, the platform chooses: OpenShift has a range of users for each namespace."""
    (pod, *_) = render(kits()["openshift"]).pods()
    assert set(pod["securityContext"]) == {"runAsNonRoot", "seccompProfile"}
    assert render_least().pods()[0]["securityContext"]["runAsUser"] == 65532


def test_openshift_by_one_value() -> None:
    """One value is as good as the four that it stands for."""
    values = {
        "agent": {"unsetUser": True},
        "podSecurityContext": {"runAsUser": None, "runAsGroup": None, "fsGroup": None},
    }
    assert render(kits()["openshift"]).text == render_least(values).text


def test_security_contexts_are_values() -> None:
    """Both contexts can be changed."""
    values = {"securityContext": {"readOnlyRootFilesystem": False}, "podSecurityContext": {"runAsNonRoot": False}}
    rendered = render_least(values)
    assert rendered.containers()["webhook"]["securityContext"]["readOnlyRootFilesystem"] is False
    assert rendered.pods()[0]["securityContext"]["runAsNonRoot"] is False


@pytest.mark.parametrize("kit", sorted(kits()))
def test_only_the_controller_has_a_token(kit: str) -> None:
    """The API server's token is mounted in the controller's Pods alone, and only its account has a role."""
    rendered = render(kits()[kit])
    accounts = [pod["serviceAccountName"] for pod in rendered.pods()]
    assert len(set(accounts)) == len(accounts)
    for pod in rendered.pods():
        assert pod["automountServiceAccountToken"] is (pod["containers"][0]["name"] == "controller")
    for (kind, name), each in rendered.documents.items():
        if kind == "ServiceAccount":
            assert each["automountServiceAccountToken"] is False
        if kind in {"RoleBinding", "ClusterRoleBinding"}:
            (subject,) = each["subjects"]
            account = rendered["Deployment", name]["spec"]["template"]["spec"]["serviceAccountName"]
            assert (subject["name"], name.endswith("-controller")) == (account, True)
            assert rendered["ServiceAccount", subject["name"]]["metadata"]["namespace"] == subject["namespace"]


def test_webhook_configuration() -> None:
    """Nothing that an owner of a namespace could set keeps the webhook away, and only new Pods come."""
    (webhook,) = render_least()[CONFIGURATION]["webhooks"]
    assert "objectSelector" not in webhook
    (term,) = webhook.pop("namespaceSelector")["matchExpressions"]
    assert term == {
        "key": "kubernetes.io/metadata.name",
        "operator": "NotIn",
        "values": ["kube-system", "omamori"],
    }
    assert webhook.pop("matchConditions")
    assert webhook == {
        "name": "inject.omamori.dev",
        "clientConfig": {"service": {"namespace": "omamori", "name": "omamori", "path": "/mutate", "port": 443}},
        "rules": [
            {
                "apiGroups": [""],
                "apiVersions": ["v1"],
                "resources": ["pods"],
                "operations": ["CREATE"],
                "scope": "Namespaced",
            }
        ],
        "failurePolicy": "Fail",
        "reinvocationPolicy": "IfNeeded",
        "sideEffects": "None",
        "timeoutSeconds": 5,
        "admissionReviewVersions": ["v1"],
    }


def test_excluded_namespaces() -> None:
    """More namespaces are excluded by a value, and none twice."""
    rendered = render_least({"namespaces": {"excluded": ["monitoring", "kube-system"]}})
    (webhook,) = rendered[CONFIGURATION]["webhooks"]
    (term,) = webhook["namespaceSelector"]["matchExpressions"]
    assert term["values"] == ["kube-system", "omamori", "monitoring"]


def test_backstop_looks_at_every_namespace() -> None:
    """The policy denies, at new Pods alone, without a selector, and not when it fails to be computed."""
    rendered = render_least()
    spec = rendered[BACKSTOP]["spec"]
    (rule,) = spec["matchConstraints"].pop("resourceRules")
    assert (rule["operations"], rule["resources"]) == (["CREATE"], ["pods"])
    # as the API server fills it in, since the whole is one field to it
    assert spec["matchConstraints"] == {"matchPolicy": "Equivalent", "namespaceSelector": {}, "objectSelector": {}}
    assert spec["failurePolicy"] == "Fail"
    assert rendered[BINDING]["spec"] == {"policyName": "omamori-backstop", "validationActions": ["Deny"]}


def test_nobody_is_called_by_the_webhook() -> None:
    """The network policy lets the webhook be asked, and lets it ask nobody."""
    spec = render_least()["NetworkPolicy", "omamori"]["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert spec["ingress"] == [{"ports": [{"protocol": "TCP", "port": "https"}]}]
    assert "egress" not in spec
    peers = [{"ipBlock": {"cidr": "10.0.0.0/8"}}]
    spec = render_least({"networkPolicy": {"from": peers}})["NetworkPolicy", "omamori"]["spec"]
    assert spec["ingress"][0]["from"] == peers


def test_stays_up() -> None:
    """Two replicas, apart where it can be, of which an upgrade takes none and a drain of nodes one at a time."""
    rendered = render_least()
    spec = rendered[WEBHOOK]["spec"]
    assert (spec["replicas"], spec["strategy"]["rollingUpdate"]) == (2, {"maxUnavailable": 0, "maxSurge": 1})
    spread = spec["template"]["spec"]["topologySpreadConstraints"]
    assert {each["whenUnsatisfiable"] for each in spread} == {"ScheduleAnyway"}
    assert all(each["labelSelector"] == spec["selector"] for each in spread)
    budget = rendered["PodDisruptionBudget", "omamori"]["spec"]
    assert (budget["maxUnavailable"], budget["selector"]) == (1, spec["selector"])


@pytest.mark.parametrize("seconds", [0, 15, 300])
def test_time_to_drain(seconds: int) -> None:
    """A Pod that ends has the time to answer for as long as it drains, and to finish what it has."""
    spec = render_least({"drainSeconds": seconds})[WEBHOOK]["spec"]["template"]["spec"]
    assert spec["terminationGracePeriodSeconds"] == seconds + 15
