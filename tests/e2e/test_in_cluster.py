"""The webhook as it is deployed: in a Pod behind a Service, under Pod Security *restricted*."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.canary import occurrences
from tests.e2e.images import WEBHOOK
from tests.e2e.installation import ELSEWHERE, Installation, settings
from tests.e2e.manifests import container, pod
from tests.e2e.webhooks import PORT, bundle, webhook_configuration
from tests.realparts.certificates import Authority
from tests.realparts.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

SYSTEM = "omamori-system"
SERVED = "inside"
CONFIGURATION = "omamori-inside"
FILES = {
    "TLS_CERTIFICATE_FILE": "/tls/tls.crt",
    "TLS_KEY_FILE": "/tls/tls.key",
    "VAULT_MAIN_CA_FILE": "/vault-ca/ca.pem",
}

SECURITY = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}


def manifests(installation: Installation, authority: Authority) -> list[dict[str, Any]]:
    """Give the Deployment and what it needs."""
    pair = authority.issue("serving", f"omamori.{SYSTEM}.svc")
    place = {"name": "omamori", "namespace": SYSTEM}
    variables = {**settings(installation.box, installation.vault), **FILES}
    webhook = {
        "name": "webhook",
        "image": WEBHOOK,
        "imagePullPolicy": "Never",
        "env": [{"name": f"OMAMORI_{name}", "value": value} for name, value in variables.items()],
        "ports": [{"containerPort": PORT}],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": PORT, "scheme": "HTTPS"}, "periodSeconds": 1},
        "securityContext": SECURITY,
        "volumeMounts": [{"name": "tls", "mountPath": "/tls"}, {"name": "vault-ca", "mountPath": "/vault-ca"}],
    }
    labels = {"app": "omamori"}
    spec = {
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "fsGroup": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [webhook],
        "volumes": [
            {"name": "tls", "secret": {"secretName": "omamori", "defaultMode": 0o440}},
            {"name": "vault-ca", "configMap": {"name": "omamori"}},
        ],
    }
    template = {"metadata": {"labels": labels}, "spec": spec}
    tls = {"tls.crt": pair.certificate.read_text(), "tls.key": pair.key.read_text()}
    return [
        {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": place, "stringData": tls},
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": place,
            "data": {"ca.pem": installation.vault.ca_pem.read_text()},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": place,
            "spec": {"selector": labels, "ports": [{"port": 443, "targetPort": PORT}]},
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": place,
            "spec": {"selector": {"matchLabels": labels}, "template": template},
        },
    ]


@pytest.fixture(scope="module")
def inside(installation: Installation) -> Iterator[Installation]:
    """The installation with a webhook in a Pod, which alone serves one namespace."""
    authority = Authority(installation.box.folder / "inside", "Webhook in the cluster")
    nodes = installation.nodes
    installation.namespace(SYSTEM, {"pod-security.kubernetes.io/enforce": "restricted"})
    installation.namespace(SERVED, {ELSEWHERE: "yes"})
    nodes.apply(*manifests(installation, authority))
    nodes.kubectl("rollout", "status", "deployment/omamori", "-n", SYSTEM, "--timeout=120s", seconds=150)
    service = {"name": "omamori", "namespace": SYSTEM, "path": "/mutate"}
    client_config = {"service": service, "caBundle": bundle(authority)}
    here = {"matchExpressions": [{"key": ELSEWHERE, "operator": "Exists"}]}
    nodes.apply(webhook_configuration(CONFIGURATION, client_config, namespaces=here))
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
    log = installation.nodes.kubectl("logs", "deployment/omamori", "-n", SYSTEM)
    return [line for line in map(json.loads, log.splitlines()) if line.get("name") == name]


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
    log = inside.nodes.kubectl("logs", "deployment/omamori", "-n", SYSTEM)
    assert all(isinstance(json.loads(line), dict) for line in log.splitlines())
    secret = inside.nodes.get("secret", "omamori", "-n", SYSTEM)
    key = base64.b64decode(secret["data"]["tls.key"]).decode().splitlines()[1]
    assert key not in log
    for canary in inside.canaries.values():
        assert not occurrences(canary, log.encode())
