"""`omamori doctor` on an installation: all well, and then with each of many faults, planted and taken out again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.install import plants
from tests.install.diagnosis import PATIENT, PROJECT, WARD, Diagnosis, diagnose
from tests.install.installed import NAME, NAMESPACE, Installed
from tests.support.canary import occurrences
from tests.support.cluster.vaultside import write_role
from tests.support.waiting import NotInTime, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from tests.install.plants import Plant

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

HERE = ("-n", NAMESPACE)
CONFIGURATION = ("mutatingwebhookconfiguration", NAME)
POLICY = ("validatingadmissionpolicy", f"{NAME}-backstop")
BINDING = ("validatingadmissionpolicybinding", f"{NAME}-backstop")
EXCLUDED = "/webhooks/0/namespaceSelector/matchExpressions/0/values"
TOKEN = re.compile(r"eyJ[\w-]{8}|\bhv[bs]\.|PRIVATE KEY")

# a fault, and all that is not well then: the check, and a part of its fix
FAULTS: dict[str, tuple[Plant, dict[str, str]]] = {
    "the webhook configuration is gone": (
        plants.without(*CONFIGURATION),
        {
            "webhook-configuration": "helm upgrade",
            "ca-bundle": "webhook-configuration",
            "dry-run": "webhook-configuration",
        },
    ),
    "Pods start while the webhook is away": (
        plants.changed("/webhooks/0/failurePolicy", "Ignore", *CONFIGURATION),
        {"webhook-configuration": "apply the chart again"},
    ),
    "a namespace is left out": (
        plants.changed(EXCLUDED, [WARD], *CONFIGURATION),
        {"dry-run": f"excludes the namespace {WARD} (namespaceSelector"},
    ),
    "the Service selects nobody": (
        plants.changed("/spec/selector/app.kubernetes.io~1component", "nobody", "service", NAME, *HERE),
        {"service": "its selector"},
    ),
    "there is one replica": (plants.scaled(NAME, 1), {"replicas": "--replicas=2"}),
    "no budget holds the replicas": (
        plants.without("poddisruptionbudget", NAME, *HERE),
        {"disruption-budget": "podDisruptionBudget.enabled=true"},
    ),
    "the agent is of another release": (
        plants.setting("OMAMORI_AGENT_IMAGE", "localhost/omamori-agent:0.0.9"),
        {"release": "images.tag"},
    ),
    "a setting is misspelt": (
        plants.setting("OMAMORI_ENV_FILES", "verfy"),
        {"settings": "fix", "release": "settings", "env-files": "settings", "vault": "settings"},
    ),
    "the backstop's policy is gone": (plants.without(*POLICY), {"backstop-policy": "backstop.enabled=true"}),
    "the backstop is for some namespaces": (
        plants.changed("/spec/matchConstraints/namespaceSelector", {"matchLabels": {"team": "a"}}, *POLICY),
        {"backstop-policy": "apply the chart again"},
    ),
    "the backstop is not bound": (plants.without(*BINDING), {"backstop-binding": "apply the chart again"}),
    "the backstop only watches": (
        plants.changed("/spec/validationActions", ["Audit"], *BINDING),
        {"backstop-binding": "apply the chart again"},
    ),
    "a node is old": (plants.old_node, {"env-files": "envFiles=require"}),
    "a Pod has no secrets": (plants.annotated_later, {"unserved-pods": "delete them"}),
    "Vault is sealed": (plants.sealed, {"vault": "vault operator unseal", "login": "finding of vault"}),
    "Vault has another CA": (plants.foreign_vault_ca, {"vault": "CA", "login": "finding of vault"}),
    "the auth method is elsewhere": (plants.moved_mount, {"login": "is an auth method enabled at auth/kubernetes"}),
    "there is no role": (plants.no_role, {"login": f"write the role auth/kubernetes/role/{WARD}.{PATIENT}"}),
    "the role is another's": (
        plants.role(bound_service_account_names="other"),
        {"login": "bind this ServiceAccount and its namespace"},
    ),
    "the role has another audience": (plants.role(audience="other"), {"login": "_AUDIENCE"}),
    "Vault may not review tokens": (
        plants.without("clusterrolebinding", "vault-reviewer"),
        {"login": "system:auth-delegator"},
    ),
    "the role has no policy": (plants.role(token_policies=""), {"role-policies": "token_policies", "path": "read"}),
    "the policy lacks a path": (plants.role(token_policies="elsewhere"), {"path": 'path "secret/data/shop/mail"'}),
    "there is no ServiceAccount": (
        plants.without("serviceaccount", PATIENT, "-n", WARD),
        {"service-account": f"kubectl create serviceaccount -n {WARD} {PATIENT}", "login": "service-account"},
    ),
    "nobody keeps the certificates": (plants.scaled(plants.CONTROLLER, 0), {"controller": "kubectl scale"}),
    "the API server trusts another authority": (
        plants.unkept(plants.foreign_bundle),
        {"controller": "kubectl scale", "ca-bundle": "let the controller write it", "dry-run": "ca-bundle"},
    ),
    "the certificate is about to end": (
        plants.unkept(plants.ending_certificate),
        {"controller": "kubectl scale", "certificate": "let the controller renew it"},
    ),
}
# what may be said besides: the API server goes on calling by a connection that it has
MAY_BE_SAID = {"the Service selects nobody": {"dry-run"}}


@pytest.fixture(scope="module")
def ward(inside: Installed) -> Iterator[Installed]:
    """The installation, with a ServiceAccount that can log in."""
    inside.namespace(WARD)
    inside.nodes.apply(inside.account(WARD, PATIENT))
    write_role(inside.vault, WARD, PATIENT)
    yield inside
    inside.nodes.kubectl("delete", "namespace", WARD, "--wait=false")


def expect(inside: Installed, expected: dict[str, str], may_be_said: Collection[str] = ()) -> Diagnosis:
    """Run the doctor until it says this and nothing else: what was just done takes a moment to get around."""
    said: list[str] = []

    def names() -> Diagnosis | None:
        found = diagnose(inside)
        assert found.output, found.errors
        assert not TOKEN.search(found.output + found.errors)
        said.append(found.told)
        is_so = found.code == (2 if expected else 0) and found.names(expected, may_be_said)
        return found if is_so else None

    try:
        return wait_until(names, 30, "the doctor finds it")
    except NotInTime as late:
        raise AssertionError(f"{late}; it said:\n{said[-1]}") from None


def test_all_is_well(ward: Installed, show: Callable[[str], None]) -> None:
    """On a good installation each check is well, for people and for programs, and says no secret."""
    found = expect(ward, {})  # kube-proxy hears of the replicas a moment after `helm install --wait` has returned
    assert len(found.checks) > 18
    text = diagnose(ward, output="text")
    assert f"\n{NAMESPACE}/{NAME}: {len(found.checks)} ok" in text.output
    for output in (found.output, text.output, found.errors, text.errors):
        assert not TOKEN.search(output)
        assert ward.vault.root_token not in output
        for canary in ward.canaries.values():
            assert not occurrences(canary, output.encode())
    show(f"omamori doctor: {found.seconds:.1f} s, {len(found.checks)} checks\n{text.output}")


def test_rights(ward: Installed) -> None:
    """Whoever has the rights that are published for it sees all; whoever has none is told which, and nothing breaks."""
    visitor = ward.nodes.user("visitor")
    blind = diagnose(ward, kubeconfig=visitor)
    assert blind.code == 2, blind.errors
    assert {each["status"] for each in blind.checks if each["check"] != "api-server"} == {"unknown"}
    assert "deployments.apps" in blind.output
    rights = PROJECT / "deploy/examples/doctor-rights.yaml"
    ward.nodes.kubectl("apply", "-f", str(rights))
    bind = ("create", "--user=visitor")
    ward.nodes.kubectl(*bind, "clusterrolebinding", "visitor", "--clusterrole=omamori-doctor")
    ward.nodes.kubectl(*bind, "rolebinding", "visitor", *HERE, "--role=omamori-doctor")
    ward.nodes.kubectl(*bind, "rolebinding", "visitor", "-n", WARD, "--clusterrole=omamori-doctor-login")
    try:
        wait_until(lambda: diagnose(ward, kubeconfig=visitor).code == 0, 20, "the visitor sees all")
    finally:
        ward.nodes.kubectl("delete", "clusterrolebinding/visitor")
        ward.nodes.kubectl("delete", "rolebinding/visitor", *HERE)
        ward.nodes.kubectl("delete", "-f", str(rights))


@pytest.mark.parametrize("fault", FAULTS)
def test_finds(ward: Installed, fault: str, show: Callable[[str], None]) -> None:
    """A planted fault is found, its fix is named, and nothing is blamed that is well."""
    plant, expected = FAULTS[fault]
    with plant(ward):
        found = expect(ward, expected, MAY_BE_SAID.get(fault, ()))
    show(f"{fault}: {found.seconds:.1f} s\n{found.told}")


def test_all_is_well_again(ward: Installed) -> None:
    """With each fault taken out again, all is well: none was left behind, and none is remembered."""
    expect(ward, {})
