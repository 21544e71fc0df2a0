"""The chart with values that change its Pods most: the host's network, and all options that one node can have."""

from __future__ import annotations

import copy
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.install.installed import NAMESPACE, RESTRICTED, Installed
from tests.realparts.parts import part
from tests.support.cluster.manifests import container, pod
from tests.support.cluster.rendering import kits, merged, render
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

SHOP = "shop"
MAIL = {"file.omamori.dev/mail.pass": "secret/data/shop/mail#password"}
CONFINED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
NOBODY = {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}}
PRIVILEGED = "pod-security.kubernetes.io/enforce=privileged"
# of the kit, what needs a registry, another runtime or scheduler, nodes of their own, a proxy, or a CA of somebody's
NOT_HERE = (
    *("images", "global", "clientCA", "runtimeClassName", "schedulerName", "hostUsers", "fullnameOverride"),
    *("vaults", "defaultVault", "listenHost", "agent.pullPolicy", "agent.pullSecrets"),
    *("webhook.nodeSelector", "controller.nodeSelector", "webhook.extraEnv", "controller.extraEnv"),
    *("accessFiles.nodeSelector", "accessFiles.extraEnv", "accessFiles.reviewerTokens", "accessFiles.vault"),
)
MAIN_HERE = {
    "vaultK8sAudience": "https://kubernetes.default.svc",
    "vaultK8sAuthMethods": ["approle", "aws"],
    "podNamespaces": [SHOP, "mail"],
}
ACCESS = "accessVersion: 1\nowner: everything\nmounts:\n  kv-everything: {type: kv}\n"
HERE = {
    "vaults": {
        "eu-west": {
            "address": "https://eu.example.com:8200",
            "audience": "eu",
            "caConfigMap": {"name": "ca", "key": "ca.crt"},
        }
    },
    "defaultVault": "main",
    "accessFiles": {"files": {"all.yaml": ACCESS}, "tokenSecret": {"name": "everything", "key": "admin"}},
}


@pytest.fixture(scope="module", autouse=True)
def restored(inside: Installed) -> Iterator[None]:
    """Leave the release as it was."""
    inside.namespace(SHOP)
    inside.nodes.apply(inside.account(SHOP, "reader"))
    yield
    inside.nodes.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": RESTRICTED}})
    inside.release.install(inside.values, "--wait", "--timeout=180s")
    wait_until(lambda: len(inside.webhook_pods()) == 2, 120, "the webhook is as it was")


def test_on_the_hosts_network(inside: Installed, show: Callable[[str], None]) -> None:
    """The webhook has the node's address, on a port that nothing else has there, and its Pods get their secrets."""
    inside.nodes.kubectl("label", "namespace", NAMESPACE, PRIVILEGED, "--overwrite")  # *restricted* refuses such Pods
    values = merged(inside.values, {**own_of("host-network"), "replicas": 1})
    install(inside, values)
    wait_until(lambda: len(inside.webhook_pods()) == 1, 120, "only the new one is there")
    (made,) = inside.webhook_pods()
    assert made["spec"]["hostNetwork"] is True
    assert made["status"]["podIP"] == made["status"]["hostIP"]
    reads_its_secret(inside, "on-host")
    show(f"on the host's network: {made['status']['podIP']}:{made['spec']['containers'][0]['ports'][0]['hostPort']}")


def test_with_everything(inside: Installed, show: Callable[[str], None]) -> None:
    """Every optional thing that one node can have is on at once."""
    for file in sorted(part("crds").glob("*.yaml")):
        inside.nodes.kubectl("apply", "--server-side", "-f", str(file))
    inside.nodes.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s")
    in_namespace = {"namespace": NAMESPACE}
    inside.nodes.apply(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "company-ca", **in_namespace}, "data": {}},
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "everything", **in_namespace},
            "stringData": {"admin": inside.vault.root_token},
        },
    )
    selected = own_of("everything")["namespaces"]["selector"]["matchLabels"]
    labels = [f"{name}={value}" for name, value in {**selected, "platform.example.com/tier": "gold"}.items()]
    inside.nodes.kubectl("label", "namespace", SHOP, *labels, "--overwrite")
    values = everything(inside)
    install(inside, values)
    wait_until(lambda: len(inside.staying_pods()) == len(inside.webhook_pods()) == 3, 120, "three of the new are there")
    (job,) = [name for kind, name in render(values).documents if kind == "Job"]
    inside.nodes.kubectl(
        "wait", "--for=condition=Complete", f"job/{job}", "-n", NAMESPACE, "--timeout=90s", seconds=120
    )
    assert "kv-everything/" in inside.vault.admin.read("sys/mounts")["data"]
    reads_its_secret(inside, "with-everything", values["directory"])
    show(f"with everything on: {len(render(values).documents)} objects, {len(leaves(values))} values set")


def install(inside: Installed, values: dict[str, Any]) -> None:
    """Upgrade the release to these values, and say what its Pods say if they do not become ready."""
    try:
        inside.release.install(values, "--wait", "--timeout=180s")
    except AssertionError as failed:
        described = inside.nodes.kubectl("describe", "pods,replicasets", "-n", NAMESPACE)
        raise AssertionError(f"{failed}\n{described}\n{inside.logs()}") from None


def reads_its_secret(inside: Installed, name: str, folder: str = "/vault/secrets") -> None:
    """Wait until a Pod that asks for the secret has it."""
    spec = {"securityContext": NOBODY, "serviceAccountName": "reader"}
    read = ["python3", "/app/report.py", f"{folder}/mail.pass"]
    inside.nodes.apply(
        pod(SHOP, name, MAIL, {**spec, "containers": [container(command=read, securityContext=CONFINED)]})
    )
    waited = inside.nodes.kubectl(
        *("wait", "--for=jsonpath={.status.phase}=Succeeded", f"pod/{name}", "-n", SHOP, "--timeout=90s"),
        check=False,
        seconds=120,
    )
    assert "condition met" in waited, inside.nodes.kubectl("describe", "pod", name, "-n", SHOP)
    told = inside.nodes.kubectl("logs", name, "-n", SHOP, "-c", "app").splitlines()[1]
    assert json.loads(told)["sha256"] == hashlib.sha256(inside.canaries["mail"].value.encode()).hexdigest()


def everything(inside: Installed) -> dict[str, Any]:
    """Give the kit's values, with those of this cluster in the place of what it has not."""
    values = own_of("everything")
    for path in NOT_HERE:
        *above, last = path.split(".")
        place = values
        for key in above:
            place = place[key]
        del place[last]
    monitored = own_of("monitored")
    return merged(merged(merged(values, monitored), HERE), merged(inside.values, {"vaults": {"main": MAIN_HERE}}))


def own_of(kit: str) -> dict[str, Any]:
    """Give a copy of a kit's own values, without those that the chart cannot be installed without."""
    least = kits()["least"]
    return copy.deepcopy({name: value for name, value in kits()[kit].items() if value != least.get(name)})


def leaves(values: Any) -> list[Any]:
    """Give each value that is no map."""
    return [leaf for each in values.values() for leaf in leaves(each)] if isinstance(values, dict) else [values]
