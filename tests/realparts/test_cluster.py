"""A cluster of one node runs Pods, Vault trusts its tokens, and it leaves nothing behind."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.realparts.certificates import Authority
from tests.realparts.cluster import Cluster, cluster
from tests.realparts.dynamodb import dynamodb
from tests.realparts.images import build_image
from tests.realparts.leftovers import traces
from tests.realparts.samplehook import HOOK, HOOK_SERVICE, LABELS, hook_configuration
from tests.realparts.sandbox import sandbox
from tests.realparts.test_sandbox import gone, runner
from tests.realparts.vault import Storage, vault
from tests.realparts.vaultadmin import VaultAdmin, VaultRefused
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

IMAGE = "localhost/realparts-python:1"

CONTAINERFILE = """\
ARG BASE
FROM ${BASE}
COPY greeting /greeting
RUN python3 -c 'print(len(open("/greeting").read()))' > /length
USER 65532:65532
"""

REVIEWER = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "vault-reviewer"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:auth-delegator"},
    "subjects": [{"kind": "ServiceAccount", "name": "vault", "namespace": "default"}],
}


ASK_API_SERVER = """\
import os, ssl, urllib.request
trusted = ssl.create_default_context(cafile="/var/run/secrets/kubernetes.io/serviceaccount/ca.crt")
url = f"https://{os.environ['KUBERNETES_SERVICE_HOST']}:{os.environ['KUBERNETES_SERVICE_PORT']}/version"
print(urllib.request.urlopen(url, context=trusted, timeout=20).read().decode())
"""

ASK_VAULT = """\
import ssl, urllib.request
trusted = ssl._create_unverified_context()
for address in "{}", "{}":
    print(urllib.request.urlopen(f"https://{{address}}:8200/v1/sys/health", context=trusted, timeout=20).status)
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    context = tmp_path_factory.mktemp("image")
    (context / "greeting").write_text("hello")
    (context / "Containerfile").write_text(CONTAINERFILE)
    return build_image(context / "Containerfile", context, IMAGE)


@pytest.fixture(scope="module")
def nodes() -> Iterator[Cluster]:
    with sandbox() as box, cluster(box) as made:
        yield made


def pod(name: str, program: str) -> dict[str, Any]:
    """Make a Pod that runs a Python program once."""
    container = {
        "name": "app",
        "image": IMAGE,
        "imagePullPolicy": "Never",
        "command": ["python3", "-c", program],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"restartPolicy": "Never", "terminationGracePeriodSeconds": 1, "containers": [container]},
    }


def test_pod(nodes: Cluster, image: Path) -> None:
    """A Pod of a built image runs to its end, and its log is to be read."""
    nodes.import_image(image)
    nodes.apply(pod("once", "print(open('/greeting').read(), open('/length').read())"))
    wait_for_phase(nodes, "once", "Succeeded")
    assert nodes.kubectl("logs", "once").split() == ["hello", "5"]


def wait_for_phase(nodes: Cluster, name: str, phase: str) -> None:
    log = nodes.box.folder / "logs" / "kubelet.log"
    wait_until(lambda: nodes.get("pod", name)["status"]["phase"] == phase, 60, f"the Pod {name} is {phase}", log=log)


def test_pod_reaches_api_server(nodes: Cluster, image: Path) -> None:
    """A Pod finds the API server where its environment says, and trusts it by what is mounted into it."""
    nodes.import_image(image)
    nodes.apply(pod("inside", ASK_API_SERVER))
    wait_for_phase(nodes, "inside", "Succeeded")
    assert "v1.37" in nodes.kubectl("logs", "inside")


def test_webhook_in_a_pod(nodes: Cluster, image: Path) -> None:
    """The API server calls a webhook that runs in a Pod behind a Service, and its patch is in the audit log."""
    nodes.import_image(image)
    authority = Authority(nodes.box.folder / "hook", "Webhook of the tests")
    served = authority.issue("hook", "hook.default.svc")
    server = pod("hook", HOOK)
    server["metadata"]["labels"] = {"app": "hook"}
    server["spec"]["containers"][0]["env"] = [
        {"name": "PEM", "value": served.certificate.read_text() + served.key.read_text()}
    ]
    nodes.apply(server, HOOK_SERVICE)
    wait_for_phase(nodes, "hook", "Running")
    wait_until(lambda: nodes.get("endpoints", "hook").get("subsets"), 30, "the Service has an endpoint")
    nodes.apply(hook_configuration(authority))

    def hooked() -> bool:
        options = ("--dry-run=server", "-o", "json")
        made = json.loads(nodes.kubectl("create", "-f", "-", *options, stdin=json.dumps(pod("tried", "pass"))))
        return bool(made["metadata"].get("labels") == LABELS)

    try:
        wait_until(hooked, 30, "the webhook is called")
    finally:
        nodes.kubectl("delete", "mutatingwebhookconfiguration", "hook")
    assert "patch.webhook.admission.k8s.io" in nodes.audit_log.read_text()


def test_vault_login(nodes: Cluster, image: Path) -> None:
    """A token of the audience `vault` logs in to a Vault that asks this API server; another audience's is refused.

    A Pod reaches that Vault at the address that the test uses, and at the one that is the same in every run.
    """
    nodes.import_image(image)
    nodes.kubectl("create", "serviceaccount", "vault")
    nodes.apply(REVIEWER)
    with dynamodb(nodes.box) as store, vault(nodes.box, Storage(store.endpoint)) as server:
        server.admin.write("sys/auth/kubernetes", type="kubernetes")
        server.admin.write(
            "auth/kubernetes/config",
            kubernetes_host=nodes.url,
            kubernetes_ca_cert=nodes.ca.read_text(),
            token_reviewer_jwt=nodes.kubectl("create", "token", "vault").strip(),
        )
        server.admin.write(
            "auth/kubernetes/role/app",
            bound_service_account_names="default",
            bound_service_account_namespaces="default",
            audience="vault",
            token_type="batch",
            token_ttl="10m",
        )
        anybody = VaultAdmin(server.address, server.ca_pem)
        good = nodes.kubectl("create", "token", "default", "--audience=vault").strip()
        assert anybody.write("auth/kubernetes/login", role="app", jwt=good)["auth"]["token_type"] == "batch"
        other = nodes.kubectl("create", "token", "default").strip()
        with pytest.raises(VaultRefused, match="audience") as refused:
            anybody.write("auth/kubernetes/login", role="app", jwt=other)
        assert refused.value.status == 403
        assert server.address == f"https://{nodes.box.address}:8200"
        nodes.apply(pod("ask-vault", ASK_VAULT.format(nodes.box.address, nodes.box.node)))
        wait_for_phase(nodes, "ask-vault", "Succeeded")
        assert nodes.kubectl("logs", "ask-vault").split() == ["200", "200"]


def test_killed_runner(image: Path) -> None:
    """A runner whose cluster has a running Pod is killed with SIGKILL: no process, mount, cgroup or folder is left."""
    with runner("cluster", "--image", str(image)) as (process, said):

        def kubectl(*arguments: str, stdin: str | None = None) -> str:
            command = [
                said["kubectl"],
                "--kubeconfig",
                said["kubeconfig"],
                "--cache-dir",
                said["logs"],
                *arguments,
            ]
            return subprocess.run(command, input=stdin, check=True, capture_output=True, text=True).stdout

        run = said["run"]
        kubectl("create", "-f", "-", stdin=json.dumps(pod("long", "import time; time.sleep(1000)")))
        wait_until(
            lambda: json.loads(kubectl("get", "pod", "long", "-o", "json"))["status"]["phase"] == "Running",
            60,
            "the Pod runs",
        )
        seen = {each.split()[0] for each in traces(run)}
        assert seen == {"process", "cgroup", "device", "folder"}
        assert any("containerd-shim" in each for each in traces(run))
        process.kill()
        process.wait()
        wait_until(lambda: gone(run), 60, f"nothing is left of {run}")
