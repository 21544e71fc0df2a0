"""The webhook as it is deployed: in a Pod behind a Service, under Pod Security *restricted*."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from tests.canary import occurrences
from tests.e2e.images import INJECTOR, WEBHOOK
from tests.e2e.installation import ELSEWHERE, Installation
from tests.e2e.manifests import container, pod
from tests.e2e.webhooks import bundle
from tests.realparts.certificates import Authority
from tests.realparts.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

EXAMPLE = Path(__file__).parents[2] / "deploy/examples/webhook.yaml"
SYSTEM = "omamori"
SERVED = "inside"
CONFIGURATION = "omamori-inside"


def manifests(installation: Installation, authority: Authority) -> list[dict[str, Any]]:
    """Give deploy/examples/webhook.yaml, filled in as its head says, and the Secret and the ConfigMap that it names.

    What is this cluster's: images are there and cannot be pulled, and another webhook serves the other namespaces.
    """
    text = EXAMPLE.read_text()
    for name, value in (
        ("WEBHOOK_IMAGE", WEBHOOK),
        ("INJECTOR_IMAGE", INJECTOR),
        ("VAULT_ADDRESS", installation.vault.address),
        ("CA_BUNDLE", bundle(authority)),
    ):
        text = text.replace(f"<{name}>", value)
    documents: list[dict[str, Any]] = list(YAML(typ="safe", pure=True).load_all(text))
    found = {document["kind"]: document for document in documents}
    (webhook,) = found["Deployment"]["spec"]["template"]["spec"]["containers"]
    webhook["imagePullPolicy"] = "Never"
    webhook["env"].append({"name": "OMAMORI_INJECTOR_PULL_POLICY", "value": "Never"})
    found["MutatingWebhookConfiguration"]["metadata"]["name"] = CONFIGURATION
    (entry,) = found["MutatingWebhookConfiguration"]["webhooks"]
    entry["namespaceSelector"] = {"matchExpressions": [{"key": ELSEWHERE, "operator": "Exists"}]}
    return [*secrets(installation, authority), *documents]


def secrets(installation: Installation, authority: Authority) -> list[dict[str, Any]]:
    """Give what an operator makes first: the namespace, the certificate, and Vault's CA."""
    pair = authority.issue("serving", f"omamori.{SYSTEM}.svc")
    tls = {"tls.crt": pair.certificate.read_text(), "tls.key": pair.key.read_text()}
    ca = {"ca.crt": installation.vault.ca_pem.read_text()}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SYSTEM}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": _place("omamori-tls"), "stringData": tls},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _place("omamori-vault-ca"), "data": ca},
    ]


def _place(name: str) -> dict[str, str]:
    return {"name": name, "namespace": SYSTEM}


@pytest.fixture(scope="module")
def inside(installation: Installation) -> Iterator[Installation]:
    """The installation with a webhook in a Pod, which alone serves one namespace."""
    authority = Authority(installation.box.folder / "inside", "Webhook in the cluster")
    nodes = installation.nodes
    installation.namespace(SERVED, {ELSEWHERE: "yes"})
    nodes.apply(*manifests(installation, authority))
    told = nodes.kubectl(
        "rollout", "status", "deployment/omamori", "-n", SYSTEM, "--timeout=60s", check=False, seconds=90
    )
    described = nodes.kubectl("describe", "deployments,replicasets,pods", "-n", SYSTEM)
    assert "successfully rolled out" in told, f"{told}\n{described}\n{logs(installation)}"
    probe = pod(SERVED, "probe", {"file.omamori.dev/probe": "secret/data/probe"}, {"serviceAccountName": "default"})
    wait_until(lambda: "omamori-init" in created(installation, probe), 30, "the API server calls the Service")
    yield installation
    nodes.kubectl("delete", "mutatingwebhookconfiguration", CONFIGURATION)


def created(installation: Installation, manifest: Mapping[str, Any]) -> str:
    """Create by dry run and give what would be there."""
    options = ("--dry-run=server", "-o", "json")
    return installation.nodes.kubectl("create", "-f", "-", *options, stdin=json.dumps(manifest))


def decisions(installation: Installation, name: str) -> list[dict[str, Any]]:
    """The decisions on a Pod in the log of the webhook's Pod."""
    return [line for line in map(json.loads, logs(installation).splitlines()) if line.get("name") == name]


def logs(installation: Installation) -> str:
    """The logs of both replicas."""
    return installation.nodes.kubectl("logs", "-l", "app.kubernetes.io/name=omamori", "-n", SYSTEM, "--tail=-1")


def test_served(inside: Installation) -> None:
    """A Pod that the webhook in the cluster injects gets its secret, and the other webhook is not asked."""
    served = pod(SERVED, "served", {"file.omamori.dev/mail.pass": "secret/data/shop/mail#password"}, {})
    served["spec"]["containers"] = [container(command=["python3", "/app/report.py", "/vault/secrets/mail.pass"])]
    inside.nodes.apply(inside.account(SERVED, "served"), served)
    inside.wait_for_phase(SERVED, "served", "Succeeded")
    _, found = inside.report(SERVED, "served", "app", 1)
    assert found["sha256"] == hashlib.sha256(inside.canaries["mail"].value.encode()).hexdigest()
    assert [line["outcome"] for line in decisions(inside, "served")] == ["patched"]
    assert inside.webhook.decisions(namespace=SERVED) == []


def test_confined(inside: Installation) -> None:
    """The webhook's process is nobody's, and can write nowhere."""
    look = "import os; print(os.getuid(), os.access('/', os.W_OK), os.statvfs('/').f_flag & os.ST_RDONLY)"
    seen = inside.nodes.kubectl("exec", "deployment/omamori", "-n", SYSTEM, "--", "python3", "-c", look)
    assert seen.split() == ["65532", "False", "1"]


def test_its_log_holds_no_secret(inside: Installation) -> None:
    """The log of the webhook's Pod has nothing but JSON lines, and neither its key nor a secret."""
    log = logs(inside)
    assert all(isinstance(json.loads(line), dict) for line in log.splitlines())
    secret = inside.nodes.get("secret", "omamori-tls", "-n", SYSTEM)
    key = base64.b64decode(secret["data"]["tls.key"]).decode().splitlines()[1]
    assert key not in log
    for canary in inside.canaries.values():
        assert not occurrences(canary, log.encode())
