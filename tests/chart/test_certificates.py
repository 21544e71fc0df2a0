"""The three ways to the serving certificate: who makes it, and who tells the API server of it."""

from __future__ import annotations

import base64
import itertools

import pytest

from tests.support.cluster.rendering import Refused, Rendered, Values, kits, render, render_least
from tests.support.version import VERSION
from webhook.config.environ import PREFIX, SettingsInvalid
from webhook.config.row import rows_of
from webhook.controller.settings import ControllerSettings, controller_from_environ

pytestmark = pytest.mark.real

MODES = ("least", "secret", "own-ca", "cert-manager")
CONFIGURATION = ("MutatingWebhookConfiguration", "omamori")


def secret_of(rendered: Rendered) -> str:
    """Give the name of the Secret that the webhook serves with."""
    (pod,) = [each for each in rendered.pods() if each["containers"][0]["name"] == "webhook"]
    (volume,) = [each["secret"] for each in pod["volumes"] if each["name"] == "tls"]
    assert volume["defaultMode"] == 0o440
    name: str = volume["secretName"]
    return name


def test_only_one_maker() -> None:
    """Each way has what it needs, and nothing of the others."""
    made = {mode: render(kits()[mode]) for mode in MODES}
    controlled = {"Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"}
    assert {mode: controlled <= each.kinds() for mode, each in made.items()} == {
        "least": True,
        "secret": False,
        "own-ca": False,
        "cert-manager": False,
    }
    assert [mode for mode, each in made.items() if "Certificate" in each.kinds()] == ["cert-manager"]
    assert all("Secret" not in each.kinds() for each in made.values())


def test_secret_of_your_own() -> None:
    """A Secret that is there is used by its name, and its CA is told to the API server where it is given."""
    assert secret_of(render(kits()["secret"])) == "omamori-tls"
    rendered = render(kits()["own-ca"])
    assert secret_of(rendered) == "ours"
    bundle = rendered[CONFIGURATION]["webhooks"][0]["clientConfig"]["caBundle"]
    assert base64.b64decode(bundle).decode() == kits()["own-ca"]["certificates"]["caBundle"]


def test_cert_manager() -> None:
    """The certificate has the name by which the API server calls, goes into the Secret, and its CA is injected."""
    rendered = render(kits()["cert-manager"])
    certificate = rendered["Certificate", "omamori"]
    assert certificate["spec"]["dnsNames"][0] == "omamori.omamori.svc"
    assert certificate["spec"]["secretName"] == secret_of(rendered)
    assert certificate["spec"]["issuerRef"] == {
        "group": "issuers.example.com",
        "kind": "ClusterIssuer",
        "name": "company",
    }
    told = rendered[CONFIGURATION]["metadata"]["annotations"]
    assert told == {"cert-manager.io/inject-ca-from": "omamori/omamori"}


def test_what_the_controller_may_do() -> None:
    """The controller may do what it must, by name where RBAC can."""
    rendered = render_least()
    assert secret_of(rendered) == "omamori-tls"
    assert rendered["Role", "omamori-controller"]["rules"] == [
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]},
        {
            "apiGroups": [""],
            "resources": ["secrets"],
            "resourceNames": ["omamori-ca", "omamori-tls"],
            "verbs": ["get", "update"],
        },
        {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["create"]},
        {
            "apiGroups": ["coordination.k8s.io"],
            "resources": ["leases"],
            "resourceNames": ["omamori-controller"],
            "verbs": ["get", "update"],
        },
    ]
    assert rendered["ClusterRole", "omamori-controller"]["rules"] == [
        {
            "apiGroups": ["admissionregistration.k8s.io"],
            "resources": ["mutatingwebhookconfigurations"],
            "resourceNames": ["omamori"],
            "verbs": ["get", "patch"],
        }
    ]


def test_what_the_controller_is_told() -> None:
    """The controller is another command of the tools' image, and is told what is whose by names."""
    container = render_least().containers()["controller"]
    assert container["image"] == f"registry.example.com/omamori/omamori-tools:{VERSION}"
    assert container["args"] == ["controller"]
    assert container["env"] == [
        {"name": "OMAMORI_CONTROLLER_NAME", "value": "omamori"},
        {"name": "OMAMORI_CONTROLLER_SERVICE", "value": "omamori"},
        {
            "name": "OMAMORI_CONTROLLER_NAMESPACE",
            "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}},
        },
        {
            "name": "OMAMORI_CONTROLLER_IDENTITY",
            "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}},
        },
        {"name": "OMAMORI_CONTROLLER_AUTHORITY_SECONDS", "value": "31536000"},
        {"name": "OMAMORI_CONTROLLER_LOOK_SECONDS", "value": "10"},
        {"name": "OMAMORI_CONTROLLER_PUBLISHING_SECONDS", "value": "60"},
        {"name": "OMAMORI_CONTROLLER_SERVING_SECONDS", "value": "2592000"},
        {"name": "OMAMORI_CONTROLLER_SETTLING_SECONDS", "value": "300"},
    ]
    assert render_least({"controller": {"replicas": 2}})["Deployment", "omamori-controller"]["spec"]["replicas"] == 2


def controller_settings(values: Values) -> ControllerSettings:
    """Give the settings that the controller reads from its container's variables."""
    listed = render(values).containers()["controller"]["env"]
    variables = {each["name"]: each.get("value", "x") for each in listed if each["name"].startswith(PREFIX)}
    return controller_from_environ(variables)


def test_lifetimes_are_values() -> None:
    """Each lifetime becomes that setting and no other, and the defaults are the controller's own."""
    told = controller_settings(kits()["everything"])
    assert told == ControllerSettings(
        name="charm",
        namespace="x",
        service="charm",
        identity="x",
        authority_seconds=63072000,
        authority_renewal_seconds=31536000,
        serving_seconds=604800,
        serving_renewal_seconds=302400,
        publishing_seconds=61,
        settling_seconds=301,
        look_seconds=11,
    )
    own = ControllerSettings(name="omamori", namespace="x", service="omamori", identity="x")
    assert controller_settings(kits()["least"]) == own


# near the bound: a second more or less is another answer
NEARLY_TOO_SHORT: list[Values] = [
    {"servingSeconds": 927},
    {"servingSeconds": 1000, "servingRenewalSeconds": 691},
    {"servingSeconds": 1000, "settlingSeconds": 325},
    {"authoritySeconds": 1107},
    {"authoritySeconds": 5000, "authorityRenewalSeconds": 4631},
    {"publishingSeconds": 691, "authoritySeconds": 3000},
]


@pytest.mark.parametrize("lifetimes", NEARLY_TOO_SHORT, ids=str)
def test_lifetimes_that_are_too_short(lifetimes: Values) -> None:
    """Helm refuses exactly what the controller would refuse at its start, to the second."""
    variables = {f"{PREFIX}CONTROLLER_{name}": "x" for name in ("NAME", "NAMESPACE", "SERVICE", "IDENTITY")}
    rows = {row.chart: f"{PREFIX}{row.name}" for row in rows_of(ControllerSettings).values()}
    taken = set()
    for name, step in itertools.product(lifetimes, (-2, -1, 0, 1, 2)):
        values = {**lifetimes, name: lifetimes[name] + step}
        settings = {rows[f"controller.{key}"]: str(value) for key, value in values.items()}
        try:
            controller_from_environ({**variables, **settings})
        except SettingsInvalid:
            with pytest.raises(Refused, match="is too short"):
                render_least({"controller": values})
            taken.add(False)
        else:
            render_least({"controller": values})
            taken.add(True)
    assert taken == {True, False}
