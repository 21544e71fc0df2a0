"""Argo CD: the example of docs/with/argo-cd.md, the chart itself, and what it says of Pods that do not start."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.ecosystem.live.argocd import NAMESPACE, ArgoCD, argo_cd
from tests.ecosystem.live.shop import Shop, example
from tests.install.installed import CHART
from tests.install.installed import NAMESPACE as OMAMORI
from tests.support.canary import occurrences
from tests.support.cluster.installation import account
from tests.support.cluster.manifests import REPORT, container, controlled, pod
from tests.support.cluster.searching import places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.install.installed import Installed

pytestmark = [pytest.mark.ecosystem, pytest.mark.timeout(900)]

SHOP = "gitops"
MAIL = "/vault/secrets/mail.pass"
ASKS = {"file.omamori.dev/mail.pass": "secret/data/shop/mail#password"}
WITH_WEBHOOK = "ServerSideDiff=true,IncludeMutationWebhook=true"
REFRESHES = 3


@pytest.fixture(scope="module")
def argo(inside: Installed) -> Iterator[ArgoCD]:
    """Argo CD, of which nothing is left but what its Applications have made."""
    with argo_cd(inside) as argo:
        yield argo
        for name in inside.nodes.kubectl("get", "applications", "-n", NAMESPACE, "-o", "name").split():
            inside.nodes.kubectl("delete", name, "-n", NAMESPACE)
        inside.nodes.kubectl("delete", "namespace", SHOP)


@pytest.fixture(scope="module")
def shop(inside: Installed) -> Shop:
    """The namespace, and the roles of the ServiceAccounts that are in Git."""
    shop = Shop(inside, SHOP)
    shop.open()
    for each in ("checkout", "migrate", "orders", "single", "broken", "once"):
        inside.account(SHOP, each)
    return shop


def staying(name: str) -> dict[str, Any]:
    """Give a bare Pod that asks for the mail password and stays."""
    spec = {"containers": [container(command=[*REPORT, "--stay", MAIL])], "restartPolicy": "Always"}
    return pod(SHOP, name, ASKS, spec)


@pytest.fixture(scope="module")
def application(argo: ArgoCD, shop: Shop) -> tuple[dict[str, Any], dict[str, str]]:
    """The Application of the example, a StatefulSet and a bare Pod, when it is synced and healthy; and the values."""
    values = {
        "db": shop.write("secret/data/shop/db", "password")[1],
        "mail": shop.write("secret/data/shop/mail", "password")[1],
    }
    told = {"app": ("--stay", "env:DB_PASSWORD"), "migrate": ("/vault/secrets/db.env",)}
    manifests = example("argo-cd.yaml", told)
    for each in manifests:
        each["metadata"]["namespace"] = SHOP
    orders = controlled("StatefulSet", staying("orders"), 1)
    accounts = [account(SHOP, each) for each in ("checkout", "orders", "single")]
    argo.commit("shop", "shop.json", *manifests, orders, staying("single"), *accounts)
    argo.application("shop", {"path": "shop"}, SHOP)
    return argo.wait("shop", "Synced", "Healthy"), values


def test_synced_and_healthy(shop: Shop, application: tuple[dict[str, Any], dict[str, str]]) -> None:
    """Each Pod has its secrets, also the one that is itself in Git."""
    status, values = application
    assert {each["kind"] for each in status["resources"]} == {
        "Deployment",
        "StatefulSet",
        "Pod",
        "ServiceAccount",
        "Job",
    }
    (checkout,) = shop.pods("app=checkout")
    shop.wait(lambda: shop.told(checkout, "app") == [values["db"]], "the Deployment's Pod has the password")
    names = ("orders", "single")

    def told() -> list[list[str]]:
        return [shop.told(each, "app") for name in names for each in shop.pods(f"app={name}")]

    shop.wait(lambda: told() == [[values["mail"]]] * len(names), "the others have theirs")


def test_the_hook_comes_first(shop: Shop, application: tuple[dict[str, Any], dict[str, str]]) -> None:
    """The PreSync Job has its secret, and ends, before the Deployment is made; its ServiceAccount is there before."""
    status, _ = application
    nodes = shop.inside.nodes
    job, deployment = (
        nodes.get(kind, name, "-n", SHOP) for kind, name in (("job", "migrate"), ("deployment", "checkout"))
    )
    owner = nodes.get("serviceaccount", "migrate", "-n", SHOP)

    assert job["status"]["succeeded"] == 1
    made = [each["metadata"]["creationTimestamp"] for each in (owner, job)]
    assert made == sorted(made)
    assert job["status"]["completionTime"] <= deployment["metadata"]["creationTimestamp"]
    hooks = [each["name"] for each in status["operationState"]["syncResult"]["resources"] if each.get("hookType")]
    assert hooks == ["migrate", "migrate"]  # the account and the Job


def different(status: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the resources of an Application that are not as in Git; a hook is compared with nothing."""
    return [each for each in status["resources"] if each.get("status", "Synced") != "Synced"]


@pytest.mark.parametrize("compare", ["", WITH_WEBHOOK], ids=["three-way", "server-side, with webhooks"])
def test_stays_synced(argo: ArgoCD, application: tuple[dict[str, Any], dict[str, str]], compare: str) -> None:
    """Compared again and again, by either strategy, there is no difference and no further sync."""
    assert application
    told = ("annotate", "application", "shop", "-n", NAMESPACE, "--overwrite")
    argo.inside.nodes.kubectl(*told, f"argocd.argoproj.io/compare-options={compare}")
    before = argo.status("shop")["history"]

    for _ in range(REFRESHES):
        status = argo.refresh("shop")
        assert status["sync"]["status"] == "Synced", status["resources"]
        assert different(status) == []
    assert argo.status("shop")["history"] == before


@pytest.mark.parametrize("compare", ["", WITH_WEBHOOK], ids=["three-way", "server-side, with webhooks"])
def test_the_chart(argo: ArgoCD, compare: str) -> None:
    """The chart as an Application: synced, with the CA that its controller has written, and so it stays."""
    inside = argo.inside
    if not (argo.repository / "omamori").exists():
        shutil.copytree(CHART, argo.repository / "omamori")
        argo.commit_all()
    helm = {"releaseName": "omamori", "valuesObject": inside.values}
    argo.application("omamori", {"path": "omamori", "helm": helm}, OMAMORI)
    told = ("annotate", "application", "omamori", "-n", NAMESPACE, "--overwrite")
    inside.nodes.kubectl(*told, f"argocd.argoproj.io/compare-options={compare}")
    argo.wait("omamori", "Synced", "Healthy")

    configuration = inside.nodes.get("mutatingwebhookconfigurations", "omamori")
    assert configuration["webhooks"][0]["clientConfig"]["caBundle"]
    before = argo.status("omamori").get("history")  # none where all was there already
    for _ in range(REFRESHES):
        status = argo.refresh("omamori")
        assert different(status) == []
    assert argo.status("omamori").get("history") == before


def test_why_a_pod_does_not_start(argo: ArgoCD, shop: Shop) -> None:
    """A secret is missing: the health message of either Pod is ours, whether it is tried again or not."""
    missing = {"file.omamori.dev/mail.pass": "secret/data/shop/nothing-here#password"}
    broken, once = staying("broken"), staying("once")
    once["spec"]["restartPolicy"] = "Never"
    for each in (broken, once):
        each["metadata"]["annotations"] = missing
    argo.commit("broken", "pods.json", broken, once, *(account(SHOP, each) for each in ("broken", "once")))
    argo.application("broken", {"path": "broken"}, SHOP)

    def both() -> dict[str, dict[str, str]] | None:
        resources = argo.status("broken").get("resources", ())
        pods = {each["name"]: each.get("health", {}) for each in resources if each["kind"] == "Pod"}
        return pods if [each.get("status") for each in pods.values()] == ["Degraded"] * 2 else None

    for name, health in shop.wait(both, "both Pods are Degraded").items():
        assert "secret/data/shop/nothing-here" in health["message"], (name, health)


def test_the_plugin(argo: ArgoCD) -> None:
    """A folder through the plugin is as without it; with a mistake there are no manifests, and Argo CD says why."""
    written = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "through-plugin", "namespace": SHOP}}
    argo.commit("linted", "all.json", written)
    argo.application("linted", {"path": "linted", "plugin": {"name": "omamori-lint"}}, SHOP)
    argo.wait("linted", "Synced", "Healthy")
    wrong = staying("wrong")
    wrong["metadata"]["annotations"] = {"file.omamori.dev/mail.pass": "secret/data/shop/mail#password mod=1"}
    argo.commit("linted", "all.json", written, wrong)

    conditions = argo.refresh("linted").get("conditions", [])

    said = [each["message"] for each in conditions if each["type"] == "ComparisonError"]
    assert said
    assert "has an unknown option mod=" in said[0]


def test_no_canary(argo: ArgoCD, shop: Shop, application: tuple[dict[str, Any], dict[str, str]]) -> None:
    """No secret is in what Argo CD keeps or logs, nor in the cluster; the paths are."""
    assert application
    places_of_argo = {"redis": argo.cache(), **places(argo.inside.box, argo.inside.nodes)}
    looked_at = {
        "redis": "secret/data/shop",
        "argocd-application-controller.log": SHOP,
        "argocd-repo-server.log": "shop",
        "etcd": "secret/data/shop",
        "events": SHOP,
        "Pods": SHOP,
        "audit.log": SHOP,
    }

    assert shop.canaries
    for place, planted in looked_at.items():
        assert planted.encode() in places_of_argo[place], place
        assert [each for each in shop.canaries if occurrences(each, places_of_argo[place])] == [], place
