"""The policy on a real API server: what may start without the webhook, and what may not, whatever kept it away."""

from __future__ import annotations

import json
from contextlib import contextmanager
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from tests.chart.test_predicate import VAULT_K8S, in_namespaces
from tests.realparts.sandbox import CommandFailed
from tests.support.cluster.rendering import CHART, Document, chart_with, kits, merged, render
from tests.support.cluster.webhooks import Webhook, webhook_process
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.realparts.apiserver import ApiServer
    from tests.realparts.sandbox import Sandbox

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

ASKS = {"file.omamori.dev/db.env": "secret/data/shop/db"}
UNSERVED = "omamori: file.omamori.dev/db.env asks for a secret, and nothing was injected"
FOREIGN = {
    "vault.hashicorp.com/agent-inject": "true",
    "vault.hashicorp.com/agent-inject-secret-db": "secret/data/shop/db",
    "vault.hashicorp.com/role": "shop",
}
# Pods in which the webhook would inject nothing
NOTHING = [
    {"vault.hashicorp.com/agent-inject": "true", "vault.hashicorp.com/role": "shop"},
    FOREIGN | {"vault.hashicorp.com/agent-inject": "F"},
    {"vault.hashicorp.com/agent-inject": "1", "vault.hashicorp.com/agent-inject-token": "false"},
    FOREIGN
    | {"vault.hashicorp.com/agent-pre-populate": "false", "vault.hashicorp.com/agent-pre-populate-only": "true"},
]
PLAN = {"name": "omamori-init", "image": "none", "env": [{"name": "OMAMORI_PLAN", "value": "{}"}]}
SETTINGS = {
    "VAULTS": "main",
    "VAULT_MAIN_ADDRESS": "https://vault.example.com:8200",
    "AGENT_IMAGE": "registry.example.com/omamori-agent:1",
    "DRAIN_SECONDS": "0",
}


def pod(annotations: Mapping[str, str] | None = None, **spec: Any) -> Document:
    """Make a Pod in the namespace shop."""
    metadata = {"name": "app", "namespace": "shop", "annotations": dict(annotations or {})}
    containers = [{"name": "app", "image": "none"}]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": containers, **spec}}


class Admission:
    """An API server with the chart's policy, and its webhook as a process."""

    def __init__(self, server: ApiServer, webhook: Webhook) -> None:
        """Know both; nothing is applied yet."""
        self.server = server
        self._webhook = webhook

    def install(self, values: Document, chart: Path = CHART) -> None:
        """Apply the policy and the configuration, the latter by URL: there is no node. Wait until both are known."""
        rendered = render(
            merged(kits()["least"], merged({"namespaces": {"excluded": ["excluded"]}}, values)), chart=chart
        )
        configuration = deepcopy(rendered["MutatingWebhookConfiguration", "omamori"])
        configuration["webhooks"][0]["clientConfig"] = self._webhook.client_config()
        policy = [rendered[f"ValidatingAdmissionPolicy{end}", "omamori-backstop"] for end in ("", "Binding")]
        self.server.apply(configuration, *policy)
        unserved = pod(ASKS)
        unserved["metadata"]["namespace"] = "excluded"
        wait_until(lambda: UNSERVED in self.refusal(unserved), 30, "the policy is known")
        wait_until(lambda: not self.refusal(pod(ASKS)), 30, "the webhook is known")

    def remove(self) -> None:
        """Take the policy and the configuration away again."""
        kinds = "mutatingwebhookconfiguration,validatingadmissionpolicybinding,validatingadmissionpolicy"
        self.server.kubectl("delete", kinds, "--all")

    def refusal(self, manifest: Document) -> str:
        """Say why a Pod is refused; "" where it is not. Nothing is made."""
        try:
            self.create(manifest)
        except CommandFailed as refused:
            return str(refused)
        return ""

    def create(self, manifest: Document) -> Document:
        """Create by dry run and give what would be there. Raises CommandFailed."""
        options = ("--dry-run=server", "-o", "json")
        made: Document = json.loads(self.server.kubectl("create", "-f", "-", *options, stdin=json.dumps(manifest)))
        return made

    @contextmanager
    def without_webhook(self) -> Iterator[None]:
        """Let the configuration be deleted for a while."""
        kept = self.server.get("mutatingwebhookconfiguration", "omamori")
        self.server.kubectl("delete", "mutatingwebhookconfiguration", "omamori")
        wait_until(lambda: UNSERVED in self.refusal(pod(ASKS)), 30, "the webhook is forgotten")
        yield
        for field in ("resourceVersion", "uid", "creationTimestamp", "generation"):
            del kept["metadata"][field]
        self.server.apply(kept)
        wait_until(lambda: not self.refusal(pod(ASKS)), 30, "the webhook is known again")


@pytest.fixture(scope="module")
def admission(box: Sandbox, server: ApiServer) -> Iterator[Admission]:
    """Everything, with the chart's defaults."""
    with webhook_process(box, SETTINGS) as webhook:
        made = Admission(server, webhook)
        made.remove()  # what other tests of the same server applied has other values
        made.install({})
        yield made
        made.remove()


@pytest.fixture
def lost(admission: Admission) -> Iterator[Admission]:
    """The same, with the webhook's configuration deleted."""
    with admission.without_webhook():
        yield admission


def test_injected(admission: Admission) -> None:
    """What the webhook injects, the policy accepts; and what the webhook refuses is refused in its words."""
    made = admission.create(pod(ASKS))
    assert [each["name"] for each in made["spec"]["initContainers"]] == ["omamori-init"]
    for variables in ({"env.omamori.dev/DB": "secret/data/shop/db#password"}, {"omamori.dev/mode": "sidecar"}):
        assert admission.create(pod(ASKS | variables))["spec"]["initContainers"]
    assert "the prefixes are" in admission.refusal(pod({"flie.omamori.dev/db.env": "secret/data/shop/db"}))
    assert "has upper case in its prefix" in admission.refusal(pod({"File.omamori.dev/db.env": "secret/data/shop/db"}))


BYPASSES = {
    "webhook deleted": pod(ASKS),
    "a variable": pod({"env.omamori.dev/DB": "secret/data/shop/db#password"}),
    "upper-case prefix": pod({"FILE.Omamori.dev/db.env": "secret/data/shop/db"}),
    "misspelt prefix": pod({"flie.omamori.dev/db.env": "secret/data/shop/db"}),
    "label": pod(ASKS) | {"metadata": {**pod(ASKS)["metadata"], "labels": {"omamori.dev/inject": "false"}}},
    "switched off in upper case": pod(ASKS | {"Omamori.dev/inject": "false"}),
    "switched off by another word": pod(ASKS | {"omamori.dev/inject": "no"}),
    "copied, our container without its Plan": pod(
        ASKS, initContainers=[{**PLAN, "env": []}], volumes=[{"name": "omamori-token", "emptyDir": {}}]
    ),
    "copied, our container without our volume": pod(ASKS, initContainers=[PLAN]),
    "copied, our Plan in a container of its own": pod(
        ASKS, initContainers=[{**PLAN, "name": "init"}], volumes=[{"name": "omamori-token", "emptyDir": {}}]
    ),
    "copied, our volume alone": pod(ASKS, volumes=[{"name": "omamori-token", "emptyDir": {}}]),
    "copied, a status of another tool's": pod(ASKS | {"vault.hashicorp.com/agent-inject-status": "injected"}),
    "another tool's container": pod(ASKS, initContainers=[{"name": "vault-agent-init", "image": "none"}]),
}


@pytest.mark.parametrize("way", sorted(BYPASSES))
def test_bypass(lost: Admission, way: str) -> None:
    """Without the webhook, an annotated Pod that was not injected is refused, with the reason."""
    said = lost.refusal(BYPASSES[way])
    assert "asks for a secret, and nothing was injected: the webhook was not called" in said
    assert "namespace shop not excluded" in said


@pytest.mark.parametrize("namespace", ["kube-system", "excluded"])
def test_excluded_namespace(admission: Admission, namespace: str) -> None:
    """Where the webhook is not called, since the namespace is excluded, an annotated Pod is refused."""
    manifest = pod(ASKS)
    manifest["metadata"]["namespace"] = namespace
    assert UNSERVED in admission.refusal(manifest)


def test_only_labelled_namespaces(admission: Admission) -> None:
    """With a selector, Pods of labelled namespaces are injected; those of others are refused, never started without.

    Whoever takes the label away from a namespace, or gives another one, wins nothing by it.
    """
    label = "platform.example.com/vault"
    admission.server.kubectl("label", "namespace", "shop", f"{label}=served")
    elsewhere = pod(ASKS)
    elsewhere["metadata"]["namespace"] = "default"
    try:
        admission.install({"namespaces": {"selector": {"matchLabels": {label: "served"}}}})
        # the API server knows of the webhook's selector before it knows of the backstop's new words
        words = "namespace default not excluded from it, and labelled as it asks?"
        wait_until(lambda: words in admission.refusal(elsewhere), 30, "the selector is known")
        assert admission.create(pod(ASKS))["spec"]["initContainers"]
        for lost_by in (f"{label}-", f"{label}=other", f"{label}=served", f"{label}-"):
            admission.server.kubectl("label", "namespace", "shop", lost_by, "--overwrite")
            if lost_by.endswith("=served"):
                wait_until(lambda: not admission.refusal(pod(ASKS)), 30, "the label is back")
            else:
                wait_until(lambda: UNSERVED in admission.refusal(pod(ASKS)), 30, "the label is gone")
        assert admission.refusal(pod()) == ""
    finally:
        admission.server.kubectl("label", "namespace", "shop", f"{label}-")
        admission.install({})


def test_label_of_a_namespace(admission: Admission) -> None:
    """No label on the namespace keeps the webhook away: the Pod is injected."""
    labels = ("omamori.dev/inject=false", "control-plane=true", "admission.omamori.dev/ignore=true")
    admission.server.kubectl("label", "namespace", "shop", *labels)
    assert admission.create(pod(ASKS))["spec"]["initContainers"]


ACCEPTED = {
    "not annotated": pod(),
    "other annotations": pod({"example.com/omamori.dev": "x", "vault.hashicorp.com/role": "x"}),
    "switched off": pod(ASKS | {"omamori.dev/inject": "false"}),
    "asks for nothing": pod({"omamori.dev/role": "shop.checkout"}),
    "mirror Pod": pod(
        ASKS | {"kubernetes.io/config.mirror": "0123456789"}, nodeName="node1", automountServiceAccountToken=False
    ),
    "copied with all that was injected": pod(
        ASKS, initContainers=[PLAN], volumes=[{"name": "omamori-token", "emptyDir": {}}]
    ),
    "another tool's annotations": pod(FOREIGN),
}


@pytest.mark.parametrize("what", sorted(ACCEPTED))
def test_accepted(lost: Admission, what: str) -> None:
    """Without the webhook, what asks for nothing, or has it already, is accepted."""
    assert lost.refusal(ACCEPTED[what]) == ""


def test_a_copy_of_an_injected_pod(admission: Admission) -> None:
    """A Pod as a backup has it, injected, is accepted without the webhook: it has all that it asks for."""
    made = admission.create(pod(ASKS))
    with admission.without_webhook():
        assert admission.refusal(made) == ""


def test_changes_of_what_exists(lost: Admission) -> None:
    """A Pod that was there before, not injected, can be labelled, debugged, and relieved of its finalizer."""
    server = lost.server
    manifest = pod()
    manifest["metadata"] |= {"name": "old", "finalizers": ["example.com/kept"]}
    server.apply(manifest)
    server.kubectl("annotate", "pod", "old", "-n", "shop", "file.omamori.dev/db.env=secret/data/shop/db")
    server.kubectl("label", "pod", "old", "-n", "shop", "a=b")
    debugger = [{"name": "debug", "image": "none", "terminationMessagePolicy": "File", "imagePullPolicy": "Always"}]
    patch = {"spec": {"ephemeralContainers": debugger}}
    server.kubectl(
        *("patch", "pod", "old", "-n", "shop", "--subresource=ephemeralcontainers", "--type=strategic"),
        f"--patch={json.dumps(patch)}",
    )
    server.kubectl("delete", "pod", "old", "-n", "shop", "--wait=false", "--grace-period=0", "--force")
    server.kubectl("patch", "pod", "old", "-n", "shop", "--type=merge", '--patch={"metadata":{"finalizers":null}}')
    wait_until(lambda: server.get("pod", "old", "-n", "shop", "--ignore-not-found") is None, 30, "it is gone")


def test_another_dialect(admission: Admission) -> None:
    """With another dialect on, its Pods are refused un-injected, and accepted with the containers of its own tool."""
    injected = [{"name": "vault-agent-init", "image": "none"}]
    admission.install(VAULT_K8S)
    with admission.without_webhook():
        refused = "vault.hashicorp.com/agent-inject-secret-db asks for a secret"
        wait_until(lambda: refused in admission.refusal(pod(FOREIGN)), 30, "the dialect is known")
        assert admission.refusal(pod(FOREIGN, initContainers=injected)) == ""
        assert admission.refusal(pod({"vault.hashicorp.com/role": "shop"})) == ""
        assert refused in admission.refusal(pod(FOREIGN | {"vault.hashicorp.com/agent-inject": "maybe"}))
        for more in NOTHING:
            assert admission.refusal(pod(more)) == ""
        assert UNSERVED in admission.refusal(pod(FOREIGN | ASKS, initContainers=injected))


def test_two_injectors(admission: Admission) -> None:
    """Un-injected, a Pod of the dialect is refused where it is ours to serve, and accepted where it is the other's."""
    refused = "vault.hashicorp.com/agent-inject-secret-db asks for a secret"
    says_how = {"omamori.dev/containers": "app"}
    elsewhere = pod(FOREIGN | says_how)
    elsewhere["metadata"]["namespace"] = "excluded"
    for lists in ({"servedNamespaces": ["shop"]}, {"leftNamespaces": ["excluded"]}):
        admission.install(in_namespaces(lists))
        with admission.without_webhook():
            wait_until(lambda: refused in admission.refusal(pod(FOREIGN)), 30, "the dialect is known")
            assert refused in admission.refusal(pod(FOREIGN | says_how))
            wait_until(lambda: admission.refusal(elsewhere) == "", 30, "the namespaces are known")
            assert UNSERVED in admission.refusal(pod(FOREIGN | ASKS))


def test_thousands_of_annotations(admission: Admission, tmp_path: Path) -> None:
    """A Pod of somebody else's with 10,000 annotations, and three dialects, stay within CEL's budget."""
    admission.install(VAULT_K8S, chart_with(tmp_path, {"domain": "secrets.example.com"}))
    names = [f"example.com/{number}" for number in range(10_000)]
    assert admission.refusal(pod(dict.fromkeys(names, ""))) == ""
