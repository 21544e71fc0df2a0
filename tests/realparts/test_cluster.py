"""A cluster of one node runs Pods, Vault trusts its tokens, and it leaves nothing behind."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.realparts.cluster import Cluster, cluster
from tests.realparts.dynamodb import dynamodb
from tests.realparts.images import build_image
from tests.realparts.leftovers import traces
from tests.realparts.sandbox import sandbox
from tests.realparts.test_sandbox import gone, runner
from tests.realparts.vault import Storage, vault
from tests.realparts.vaultadmin import VaultAdmin, VaultRefused
from tests.realparts.waiting import wait_until

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
    wait_until(
        lambda: nodes.get("pod", "once")["status"]["phase"] == "Succeeded",
        60,
        "the Pod ends well",
        log=nodes.box.folder / "logs" / "kubelet.log",
    )
    assert nodes.kubectl("logs", "once").split() == ["hello", "5"]


def test_vault_login(nodes: Cluster) -> None:
    """A token of the audience `vault` logs in to a Vault that asks this API server; another audience's is refused."""
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
