"""What the chart makes, on a real API server: valid, confined, and not changed by who applies it next."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.realparts.helm import Release
from tests.realparts.parts import part
from tests.realparts.sandbox import CommandFailed
from tests.support.cluster.rendering import CHART, Document, Rendered, Values, kits, merged, render
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.realparts.apiserver import ApiServer

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

NAMESPACE = "omamori"
OPERATORS = {"Certificate", "ServiceMonitor", "PodMonitor", "PrometheusRule"}  # no API server has these kinds by itself
BACKSTOP = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
CONTROLLER = "omamori-controller"
HOST = "host-network"  # the one value that takes a Pod out of *restricted*
HOST_ALONE = re.compile(
    r'"restricted:latest": host namespaces .hostNetwork=true.(, hostPort .container "webhook" uses hostPort 8443.)?\n$'
)
LEFT_BY_HOST = re.compile(
    r'Warning: would violate PodSecurity "restricted:latest": host namespaces .hostNetwork=true.\n'
)
RUNTIME = {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": "gvisor"}, "handler": "runsc"}


@pytest.fixture(scope="module")
def confined(server: ApiServer) -> ApiServer:
    """The API server, whose namespace takes nothing that is not *restricted*."""
    server.apply(RUNTIME)
    server.kubectl("label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce=restricted", "--overwrite")
    return server


@pytest.fixture
def release(confined: ApiServer) -> Iterator[Release]:
    """A release that is not there yet, and is gone afterwards."""
    made = Release(confined, CHART, "omamori", NAMESPACE)
    yield made
    made.uninstall("--ignore-not-found")
    kinds = "validatingadmissionpolicybinding,validatingadmissionpolicy"
    confined.kubectl("delete", kinds, "omamori-backstop", "--ignore-not-found")


@pytest.fixture(scope="module")
def with_operators(confined: ApiServer) -> ApiServer:
    """The API server with the kinds of cert-manager's and of Prometheus' operator, as those publish them."""
    for file in sorted(part("crds").glob("*.yaml")):
        confined.kubectl("apply", "--server-side", "-f", str(file))
    confined.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s")
    return confined


def test_operators() -> None:
    """The kits have each kind of an operator's, so that it is tried."""
    made = {kind for kit in kits().values() for kind, _ in render(kit).documents}
    assert made >= OPERATORS


@pytest.mark.parametrize("kit", sorted(kits()))
def test_valid(with_operators: ApiServer, kit: str) -> None:
    """The API server takes every object as it is, without a warning, and knows each field."""
    documents = list(render(kits()[kit]).documents.values())
    assert documents
    listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": documents})
    said = with_operators.kubectl(
        *("apply", "-f", "-", "--dry-run=server", "--validate=strict"), stdin=listed, check=False, seconds=120
    )
    if kit == HOST:
        said, left = LEFT_BY_HOST.subn("", said)
        assert left == 1  # kubectl says the same of both Deployments once
    assert "arning" not in said
    assert said.count("(server dry run)") == len(documents), said


@pytest.mark.parametrize("kit", sorted(kits()))
def test_restricted(confined: ApiServer, kit: str) -> None:
    """Pod Security *restricted* admits each Pod of the chart, and refuses one whose security is taken away.

    The node's network is what it does not admit, and the only thing of such a Pod.
    """
    pods = render(kits()[kit]).pods()
    assert pods
    if kit == HOST:
        for spec in pods:
            with pytest.raises(CommandFailed, match=HOST_ALONE):
                confined.apply(as_pod(spec, "host"), options=["--dry-run=server"])
            del spec["hostNetwork"]
    for number, spec in enumerate(pods):
        confined.apply(as_pod(spec, f"chart-{number}"), options=["--dry-run=server"])
    loosened = merged(kits()[kit], {"securityContext": {"allowPrivilegeEscalation": True}})
    with pytest.raises(CommandFailed, match="violates PodSecurity"):
        confined.apply(as_pod(render(loosened).pods()[0], "loosened"), options=["--dry-run=server"])


def as_pod(spec: Document, name: str) -> Document:
    """Give a Pod as its controller would make it, but for the account, which is not there."""
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {**spec, "serviceAccountName": "default"}}


def state(server: ApiServer, rendered: Rendered) -> list[Document]:
    """Give what the chart has made, without what the API server writes itself."""
    found: list[Document] = server.get("-f", "-", stdin=rendered.text)["items"]
    own = {"resourceVersion", "generation", "managedFields", "labels", "annotations"}  # Helm adds a label of its own
    for each in found:
        each["metadata"] = {name: part for name, part in each["metadata"].items() if name not in own}
    assert len(found) == len(rendered.documents)
    return [{name: part for name, part in each.items() if name != "status"} for each in found]


@pytest.mark.parametrize("kit", ["least", "everything"])
def test_gitops_is_quiet(release: Release, kit: str) -> None:
    """After the CA is filled in, no tool that applies the chart again, once or twice, changes a field or takes one."""
    server, rendered = release.server, render(kits()[kit])
    (name,) = [name for kind, name in rendered.documents if kind == "MutatingWebhookConfiguration"]
    release.install(kits()[kit])
    bundle = base64.b64encode(b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n").decode()
    filled = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [{"name": "inject.omamori.dev", "clientConfig": {"caBundle": bundle}}],
    }
    apply = ("apply", "--server-side", "-f", "-")
    server.kubectl(*apply, "--field-manager", CONTROLLER, stdin=json.dumps(filled))
    before = state(server, rendered)
    assert bundle in json.dumps(before)

    for _ in range(2):
        release.install(kits()[kit])
        for manager in ("kustomize-controller", "argocd-controller"):
            # without --force-conflicts: a field that somebody else owns and that differs would end it
            server.kubectl(*apply, "--field-manager", manager, stdin=rendered.text)
        assert state(server, rendered) == before

    managed = server.get("mutatingwebhookconfiguration", name, "--show-managed-fields")["metadata"]["managedFields"]
    owners = {each["manager"] for each in managed if "f:caBundle" in json.dumps(each["fieldsV1"])}
    assert owners == {CONTROLLER}
    assert {"helm", "kustomize-controller", "argocd-controller"} <= {each["manager"] for each in managed}


def backstop(server: ApiServer) -> list[str]:
    """Give the kinds of the backstop that are there."""
    found = server.get(",".join(BACKSTOP), "omamori-backstop", "--ignore-not-found")
    return [] if found is None else sorted(each["kind"] for each in found.get("items", [found]))


@pytest.mark.parametrize(("values", "left"), [({}, []), ({"backstop": {"keep": True}}, sorted(BACKSTOP))])
def test_uninstall(release: Release, values: Values, left: list[str]) -> None:
    """`helm uninstall` removes everything, the backstop too, unless it is kept; then it takes it over again."""
    kit = merged(kits()["least"], values)
    said = release.install(kit)
    assert ("helm uninstall` leaves that policy" if left else "START WITHOUT THEIR SECRETS") in said.replace("\n", " ")
    assert backstop(release.server) == sorted(BACKSTOP)
    release.uninstall()
    assert backstop(release.server) == left
    gone = "mutatingwebhookconfiguration,clusterrole,clusterrolebinding,deployment,service,role,networkpolicy"
    wait_until(
        lambda: "omamori" not in release.server.kubectl("get", gone, "-A", "-o", "name", "--ignore-not-found"),
        30,
        "everything else is gone",
    )
    release.install(kit)
    assert backstop(release.server) == sorted(BACKSTOP)


def test_notes(release: Release) -> None:
    """What Helm says at the end has a check that can be pasted as it is, and what an uninstall does."""
    said = release.install(kits()["secret"])
    assert "omamori is installed in the namespace omamori" in said
    assert "tls.crt and tls.key, for the name omamori.omamori.svc" in said
    assert "The API server must be told its CA" in said
    assert "kubectl rollout status deployment/omamori -n omamori" in said
    assert "labels of namespaces.selector" not in said
    assert "NetworkPolicy" not in said
    assert "upgraded" in release.install(kits()["own-ca"])
    assert "There is no backstop" in release.install(kits()["bare"])
    values = {"namespaces": {"selector": {"matchLabels": {"a": "b"}}}, "webhook": {"hostNetwork": True}, "port": 9443}
    said = release.install(merged(kits()["secret"], values))
    assert "In the place of default, name a namespace with the labels of namespaces.selector." in said
    assert "The webhook listens on port 9443 of its nodes" in said
