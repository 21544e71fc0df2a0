"""Flux' kustomize-controller: the chart's manifests and an application by docs/with/flux.md's Kustomizations.

The named tests T-FLX-2 to T-FLX-4 are among them. The release of the other suites is not there meanwhile.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.ecosystem.live.flux import NAMESPACE, Fleet, running_fleet
from tests.ecosystem.live.shop import EXAMPLES, PLACES, Shop
from tests.install.installed import NAMESPACE as OMAMORI
from tests.support.cluster.manifests import REPORT, container, controlled, pod
from tests.support.cluster.rendering import render
from webhook.workloads.manifest import parse_manifests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.install.installed import Installed

pytestmark = [pytest.mark.ecosystem, pytest.mark.timeout(900)]

FILE = "/vault/secrets/db.env"
STRICT = {"postBuild": {"substitute": {"environment": "tests"}}}


@pytest.fixture(scope="module")
def fleet(inside: Installed) -> Iterator[Fleet]:
    """The controller runs; omamori is uninstalled, and afterwards installed again."""
    with running_fleet(inside) as fleet:
        yield fleet


@pytest.fixture(scope="module")
def shop(inside: Installed) -> Shop:
    """The application's namespace."""
    shop = Shop(inside, "gitops-flux")
    shop.open("checkout")
    shop.write("secret/data/shop/db", "password")
    return shop


def files(inside: Installed) -> dict[str, str]:
    """Give the repository: the chart's manifests with the values of the other suites, and an application."""
    application = controlled(
        "Deployment",
        pod("gitops-flux", "checkout", {}, {"containers": [container(command=[*REPORT, "--stay", FILE])]}),
        2,
    )
    application["metadata"]["labels"] = {"environment": "${environment}"}
    return {
        "infrastructure/omamori/omamori.yaml": render(inside.values).text,
        "apps/shop/shop.yaml": json.dumps(application),
    }


def kustomizations() -> list[dict[str, Any]]:
    """Give those of the page; ours are applied without waiting ten minutes, and with substitution, which is strict."""
    text = (EXAMPLES / "flux.yaml").read_text()
    made = [dict(each.value) for each in parse_manifests("flux.yaml", text)]
    for each in made:
        each["spec"] |= {"retryInterval": "2s", **STRICT}
    return made


def test_in_order(fleet: Fleet, shop: Shop) -> None:
    """The application waits for omamori, and its Pods are injected; `${…}` in it is what Flux puts there."""
    fleet.publish(files(fleet.inside))
    fleet.inside.nodes.apply(*kustomizations())

    omamori = shop.wait(lambda: fleet.ready("omamori"), "omamori is applied and serves")
    application = shop.wait(lambda: fleet.ready("shop"), "the application is applied")

    def told() -> list[list[str]]:
        return [shop.told(each, "app") for each in shop.pods("app=checkout")]

    shop.wait(lambda: len(told()) == 2 and all(told()), "both Pods report their file")
    assert ["None"] not in told()
    assert (
        fleet.inside.nodes.get("deployment", "checkout", "-n", shop.namespace)["metadata"]["labels"]["environment"]
        == "tests"
    )
    ready = [
        next(each["lastTransitionTime"] for each in found["status"]["conditions"] if each["type"] == "Ready")
        for found in (omamori, application)
    ]
    assert ready == sorted(ready)


def versions(inside: Installed) -> dict[str, str]:
    """Give the resourceVersion of the objects that belong to the Kustomizations."""
    kinds = "deployments,services,configmaps,serviceaccounts,roles,rolebindings,poddisruptionbudgets"
    cluster = "mutatingwebhookconfigurations,validatingadmissionpolicies,clusterroles,clusterrolebindings"
    found = [
        *inside.nodes.get(kinds, "-A", "-l", f"kustomize.toolkit.fluxcd.io/namespace={NAMESPACE}")["items"],
        *inside.nodes.get(cluster, "-l", f"kustomize.toolkit.fluxcd.io/namespace={NAMESPACE}")["items"],
    ]
    return {f"{each['kind']}/{each['metadata']['name']}": each["metadata"]["resourceVersion"] for each in found}


def test_a_second_reconciliation_changes_nothing(fleet: Fleet, shop: Shop) -> None:
    """Applied twice more, no object is written; `caBundle` is its controller's alone."""
    before = versions(fleet.inside)
    for _ in range(2):
        for name in ("omamori", "shop"):
            fleet.reconcile(name)

    assert len(before) > 5
    assert versions(fleet.inside) == before
    asked = ("mutatingwebhookconfigurations", "omamori", "--show-managed-fields")
    fields = fleet.inside.nodes.get(*asked)["metadata"]["managedFields"]
    owners = {each["manager"] for each in fields if "f:caBundle" in json.dumps(each["fieldsV1"])}
    assert owners == {"omamori-controller"}
    assert shop.namespace


@pytest.mark.parametrize(("manager", "stays"), [("kubectl-rollout", False), ("flux-client-side-apply", True)])
def test_a_restart(fleet: Fleet, shop: Shop, manager: str, stays: bool) -> None:
    """T-FLX-3: a restart by kubectl is taken back by the next reconciliation, by that manager of fields it stays.

    In both cases the Pods of the restart have what Vault has by then.
    """
    nodes = fleet.inside.nodes
    restart = ("rollout", "restart", "deployment/checkout", "-n", shop.namespace, f"--field-manager={manager}")
    status = ("rollout", "status", "deployment/checkout", "-n", shop.namespace, "--timeout=120s")

    def told() -> str:
        """Give what both Pods report; nothing while they differ, or one has not reported."""
        reports = [tuple(shop.told(each, "app")) for each in shop.pods("app=checkout")]
        return "".join(reports[0]) if len(reports) == 2 and len(set(reports)) == 1 else ""

    before = shop.wait(told, "both Pods report the same value")
    shop.write("secret/data/shop/db", "password")
    nodes.kubectl(*restart)
    nodes.kubectl(*status, seconds=150)
    shop.wait(lambda: told() not in {"", before}, "both Pods of the restart report the new value")
    fleet.reconcile("shop")
    nodes.kubectl(*status, seconds=150)

    template = nodes.get("deployment", "checkout", "-n", shop.namespace)["spec"]["template"]
    assert ("kubectl.kubernetes.io/restartedAt" in template["metadata"].get("annotations", {})) == stays


def test_a_webhook_that_comes_later(fleet: Fleet, shop: Shop) -> None:
    """Its Pods are away, and an application's are refused; when Flux has brought them back, the application's come.

    A ReplicaSet tries again at intervals that double with each refusal, up to 1000 s, unless it is changed.
    """
    nodes = fleet.inside.nodes
    nodes.kubectl(
        "patch", "kustomization", "omamori", "-n", NAMESPACE, "--type=merge", "-p", '{"spec":{"suspend":true}}'
    )
    (webhook,) = [
        each["metadata"]["name"]
        for each in nodes.get("deployments", "-n", OMAMORI, "-l", "app.kubernetes.io/component=webhook")["items"]
    ]
    nodes.kubectl("delete", "deployment", webhook, "-n", OMAMORI, "--wait=true")
    shop.wait(lambda: not fleet.inside.webhook_pods(), "the webhook's Pods are gone")
    nodes.kubectl("delete", "pods", "--all", "-n", shop.namespace)

    def refused() -> bool:
        sets = nodes.get("replicasets", "-n", shop.namespace)["items"]
        told = [one for each in sets for one in each.get("status", {}).get("conditions", ())]
        return any(each["type"] == "ReplicaFailure" for each in told)

    shop.wait(refused, "the application's Pods are refused")
    assert shop.pods("app=checkout") == []
    nodes.kubectl(
        "patch", "kustomization", "omamori", "-n", NAMESPACE, "--type=merge", "-p", '{"spec":{"suspend":false}}'
    )
    fleet.reconcile("omamori")
    shop.wait(lambda: fleet.ready("omamori"), "omamori serves again")
    nodes.kubectl("annotate", "replicasets", "--all", "-n", shop.namespace, "--overwrite", "tried-again=1")

    def told() -> list[list[str]]:
        return [shop.told(each, "app") for each in shop.pods("app=checkout")]

    shop.wait(lambda: len(told()) == 2 and all(told()) and ["None"] not in told(), "both Pods report their file")


@pytest.mark.parametrize("place", PLACES)
def test_no_canary(shop: Shop, place: str) -> None:
    """No secret is left there, where the names of this story are."""
    shop.search(place, "kustomize-controller")
