"""Vault in Pods as deploy/examples/vault-on-dynamodb has it: highly available, unsealed by KMS, audited."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.realparts.apiserver import SERVICE_ADDRESS
from tests.realparts.aws import aws
from tests.realparts.dynamodb import dynamodb
from tests.realparts.requests import ask
from tests.support.canary import Canary, occurrences
from tests.support.cluster.installation import Installation
from tests.support.cluster.vaultpods import NAMESPACE, PODS, VaultPods, enable_audit, vault_pods
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]


# prints each line that anybody sends it
COLLECTOR = """
import socketserver, sys

class Lines(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            print(line.decode(), end="", flush=True)

with socketserver.ThreadingTCPServer(("0.0.0.0", int(sys.argv[1])), Lines) as server:
    print("listens", flush=True)
    server.serve_forever()
"""


@pytest.fixture(scope="module")
def pods(installation: Installation) -> Iterator[VaultPods]:
    """The three Pods, beside all else that is on the cluster, on a DynamoDB of their own."""
    box = installation.box
    with (
        dynamodb(box, name="dynamodb-of-pods", port=8100) as store,
        aws(box) as cloud,
        vault_pods(installation.nodes, store, cloud) as made,
    ):
        made.admin.write("sys/mounts/kv", type="kv", options={"version": "1"})
        yield made


def labelled(pods: VaultPods, selector: str) -> list[str]:
    """Give the names of the Pods with labels."""
    found = pods.nodes.get("pods", "-n", NAMESPACE, "-l", selector)["items"]
    return [each["metadata"]["name"] for each in found]


def test_one_is_active(pods: VaultPods) -> None:
    """All three are unsealed by KMS, and the Service leads to the one that Vault labels as active."""
    for each in PODS:
        status = pods.status(each)
        assert status is not None
        assert (status["type"], status["sealed"], status["ha_enabled"]) == ("awskms", False, True)
    active = pods.active()
    wait_until(lambda: labelled(pods, "vault-active=true") == [active], 30, "Vault labels the active Pod alone")
    slices = pods.nodes.get("endpointslices", "-n", NAMESPACE, "-l", "kubernetes.io/service-name=vault")["items"]
    (endpoint,) = (endpoint for each in slices for endpoint in each["endpoints"] or [])
    assert endpoint["targetRef"]["name"] == active


def test_comes_back_unsealed(pods: VaultPods) -> None:
    """A Pod that is deleted comes back as another one, unsealed by nobody but KMS, and serves what was written."""
    canary = Canary.random()
    pods.admin.write("kv/kept", value=canary.value)
    before = pods.active()
    old = pods.uid(before)
    pods.delete(before)
    wait_until(lambda: pods.uid(before) not in {None, old}, 60, "the StatefulSet makes the Pod again")
    pods.wait_until_ready(before)
    status = pods.status(before)
    assert status is not None
    assert not status["sealed"]
    wait_until(pods.serves, 60, "another node is active")
    assert pods.active() != before
    assert pods.admin.read("kv/kept")["data"]["value"] == canary.value


def test_audited(pods: VaultPods) -> None:
    """audit.sh changes nothing where it has run, and each request is in the active Pod's log, without its secret."""
    assert enable_audit(pods).split() == ["audit", "device", "stdout/:", "there"]
    assert list(pods.admin.read("sys/audit")["data"]) == ["stdout/"]
    log = audited(pods, lambda: pods.nodes.kubectl("logs", pods.active(), "-n", NAMESPACE))
    assert pods.root_token not in log


def test_audited_elsewhere(pods: VaultPods) -> None:
    """With a collector's address audit.sh adds a device that sends it the same; while it is away Vault goes on."""
    box = pods.nodes.box
    with box.running("collector", [sys.executable, "-I", "-c", COLLECTOR, "9000"]) as collector:
        wait_until(lambda: "listens" in collector.log.read_text(), 30, "the collector listens")
        assert "socket/" in enable_audit(pods, f"{box.address}:9000")
        audited(pods, collector.log.read_text)
    try:
        pods.admin.write("kv/audited", value="x")
    finally:
        pods.admin.delete("sys/audit/socket")


def audited(pods: VaultPods, read_log: Callable[[], str]) -> str:
    """Write a secret, and wait until a log has the request and its answer; gives the log, where the secret is not."""
    canary = Canary.random()
    path = f"kv/audited-{secrets.token_hex(4)}"
    pods.admin.write(path, value=canary.value)

    def both() -> str | None:
        log = read_log()
        entries = [json.loads(line) for line in log.splitlines() if f'"{path}"' in line]
        return log if [each["type"] for each in entries] == ["request", "response"] else None

    log = wait_until(both, 30, "the request and its answer are in the log")
    assert not occurrences(canary, log.encode())
    return log


def test_logs_in(pods: VaultPods) -> None:
    """Vault has tokens of its cluster reviewed with its own, so that auth/kubernetes needs nothing but an address."""
    pods.admin.write("sys/auth/kubernetes", type="kubernetes")
    pods.admin.write("auth/kubernetes/config", kubernetes_host=f"https://{SERVICE_ADDRESS}")
    bound = {"bound_service_account_names": "default", "bound_service_account_namespaces": "default"}
    pods.admin.write("auth/kubernetes/role/default", bound, audience="vault", token_type="batch", token_ttl="10m")
    token = pods.nodes.kubectl("create", "token", "default", "--audience", "vault").strip()
    answer = replace(pods.admin, token=None).write("auth/kubernetes/login", role="default", jwt=token)
    assert answer["auth"]["token_type"] == "batch"


def test_measured(pods: VaultPods) -> None:
    """Vault tells Prometheus of its calls to DynamoDB, and nobody who has no token."""
    url = f"{pods.address}/v1/sys/metrics?format=prometheus"
    told = ask("GET", url, trusted=pods.ca_pem, headers={"X-Vault-Token": pods.root_token})
    assert "\nvault_dynamodb_put_count " in told.text
    assert ask("GET", url, trusted=pods.ca_pem).status_code == 403
