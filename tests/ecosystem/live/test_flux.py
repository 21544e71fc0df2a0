"""Flux' kustomize-controller: the chart's manifests and an application by docs/with/flux.md's Kustomizations.

The source-controller cannot be built from its module: the artifact that it would make is served here. The named tests
T-FLX-2 and T-FLX-4 are among them. The release of the other suites is not there meanwhile.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.ecosystem.live.kinds import install_kinds
from tests.ecosystem.live.shop import EXAMPLES, PLACES, Shop
from tests.install.installed import NAMESPACE as OMAMORI
from tests.realparts.parts import part
from tests.support.cluster.manifests import REPORT, container, controlled, pod
from tests.support.cluster.rendering import render
from webhook.workloads.manifest import parse_manifests

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.install.installed import Installed

pytestmark = [pytest.mark.ecosystem, pytest.mark.timeout(900)]

NAMESPACE = "flux-system"
PORT = 18080
FILE = "/vault/secrets/db.env"
STRICT = {"postBuild": {"substitute": {"environment": "tests"}}}


@dataclass(slots=True)
class Fleet:
    """The repository that the Kustomizations name, as an artifact of it is served."""

    inside: Installed
    folder: Path
    revision: int = 0

    def publish(self, files: Mapping[str, str]) -> None:
        """Make the next artifact, of these files, and have the GitRepository name it."""
        self.revision += 1
        tree = self.folder / f"tree-{self.revision}"
        for path, text in files.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text)
        served = self.folder / "served"
        served.mkdir(exist_ok=True)
        archive = served / f"{self.revision}.tar.gz"
        with tarfile.open(archive, "w:gz") as tar:
            tar.add(tree, arcname=".")
        artifact = {
            "path": archive.name,
            "url": f"http://127.0.0.1:{PORT}/{archive.name}",
            "revision": f"main@sha1:{hashlib.sha1(archive.read_bytes()).hexdigest()}",  # noqa: S324 - as git names it
            "digest": f"sha256:{hashlib.sha256(archive.read_bytes()).hexdigest()}",
            "lastUpdateTime": "2026-01-01T00:00:00Z",
            "size": archive.stat().st_size,
        }
        ready = {
            "type": "Ready",
            "status": "True",
            "reason": "Succeeded",
            "message": "served by the tests",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        }
        body = {"status": {"artifact": artifact, "conditions": [ready], "observedGeneration": 1}}
        told = ("patch", "gitrepository", "fleet", "-n", NAMESPACE, "--subresource=status", "--type=merge")
        self.inside.nodes.kubectl(*told, "-p", json.dumps(body))

    def ready(self, name: str) -> dict[str, Any] | None:
        """Give a Kustomization whose last revision is applied and ready; None: not yet."""
        found: dict[str, Any] = self.inside.nodes.get("kustomization", name, "-n", NAMESPACE)
        status = found.get("status", {})
        conditions = {each["type"]: each["status"] for each in status.get("conditions", ())}
        current = status.get("lastAppliedRevision") == status.get("lastAttemptedRevision") != None  # noqa: E711
        seen = status.get("observedGeneration") == found["metadata"]["generation"]
        return found if current and seen and conditions.get("Ready") == "True" else None

    def reconcile(self, name: str) -> None:
        """Have a Kustomization applied once more, as `flux reconcile` does, and wait until it was."""
        before = self.inside.nodes.get("kustomization", name, "-n", NAMESPACE)["status"].get("lastHandledReconcileAt")
        token = f"{before}+"
        told = ("annotate", "kustomization", name, "-n", NAMESPACE, "--overwrite")
        self.inside.nodes.kubectl(*told, f"reconcile.fluxcd.io/requestedAt={token}")

        def handled() -> bool:
            status = self.inside.nodes.get("kustomization", name, "-n", NAMESPACE)["status"]
            return bool(status.get("lastHandledReconcileAt") == token)

        Shop(self.inside, "gitops-flux").wait(handled, f"{name} is applied once more")


@pytest.fixture(scope="module")
def fleet(inside: Installed) -> Iterator[Fleet]:
    """The controller runs; omamori is uninstalled, and afterwards installed again."""
    nodes, box = inside.nodes, inside.box
    folder = box.folder / "fleet"
    (folder / "served").mkdir(parents=True)
    install_kinds(nodes, "flux")
    nodes.kubectl("create", "namespace", NAMESPACE)
    nodes.apply(
        {
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "GitRepository",
            "metadata": {"name": "fleet", "namespace": NAMESPACE},
            "spec": {"url": "https://git.example.com/fleet", "interval": "1h"},
        }
    )
    inside.release.uninstall("--wait")
    controller: list[str | Path] = [
        part("flux") / "bin/kustomize-controller",
        "--log-level=info",
        "--requeue-dependency=2s",
        "--metrics-addr=127.0.0.1:18083",
        "--health-addr=127.0.0.1:18084",
        "--feature-gates=StrictPostBuildSubstitutions=true",
        "--watch-all-namespaces=true",
    ]
    server: list[str | Path] = [
        sys.executable,
        "-m",
        "http.server",
        str(PORT),
        "--bind",
        "127.0.0.1",
        "-d",
        folder / "served",
    ]
    with (
        box.running("artifacts", server),
        box.running(
            "kustomize-controller", controller, {"KUBECONFIG": str(nodes.kubeconfig), "RUNTIME_NAMESPACE": NAMESPACE}
        ),
    ):
        yield Fleet(inside, folder)
        with contextlib.suppress(AssertionError):
            nodes.kubectl("delete", "kustomizations", "--all", "-n", NAMESPACE, seconds=180)
    inside.release.install(inside.values, "--wait", "--timeout=180s")


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


def test_a_webhook_that_comes_later(fleet: Fleet, shop: Shop) -> None:
    """Its Pods are away, and an application's are refused; when Flux has brought them back, the application's come."""
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

    def told() -> list[list[str]]:
        return [shop.told(each, "app") for each in shop.pods("app=checkout")]

    shop.wait(lambda: len(told()) == 2 and all(told()) and ["None"] not in told(), "both Pods report their file")


@pytest.mark.parametrize("place", PLACES)
def test_no_canary(shop: Shop, place: str) -> None:
    """No secret is left there, where the names of this story are."""
    shop.search(place, "kustomize-controller")
