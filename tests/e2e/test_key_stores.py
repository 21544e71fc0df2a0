"""Java on a real node, with key stores of PKI: a server in a StatefulSet, each Pod with its own name, and a client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.cookbook.recipes import read_recipes
from tests.support.canary import Canary
from tests.support.cluster.manifests import controlled, pod
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

NAMESPACE = "stores"
MOUNT = "stores-pki"
PORT = "8443"
CERTIFICATE_SECONDS = 30
PASSWORD = "secret/data/stores/java#password"
POLICY = f"""\
path "{MOUNT}/issue/server" {{ capabilities = ["update"] }}
path "secret/data/stores/*" {{ capabilities = ["read"] }}
path "secret/metadata/stores/*" {{ capabilities = ["read"] }}
"""
# the recipe's, at the mounts of this test
SERVER = {
    name: text.replace("pki/issue/kafka", f"{MOUNT}/issue/server").replace("secret/data/shop/store#password", PASSWORD)
    for name, text in read_recipes()["Each Pod of a StatefulSet has a certificate of its own name"].annotations.items()
}
OWN_NAME = "data.common_name=client.stores.svc"
CLIENT = {
    "omamori.dev/mode": "sidecar",
    "file.omamori.dev/key.jks": f"{MOUNT}/issue/server {OWN_NAME} password={PASSWORD}",
    "file.omamori.dev/trust.jks": f"{MOUNT}/issue/server#ca_chain {OWN_NAME} password={PASSWORD}",
    "file.omamori.dev/password": PASSWORD,
}


def _containers(java: str, *arguments: str) -> list[dict[str, Any]]:
    return [{"name": "app", "image": java, "imagePullPolicy": "Never", "args": list(arguments)}]


@pytest.fixture(scope="module")
def servers(installation: Installation, java: str) -> Iterator[dict[str, str]]:
    """The address of each Pod of the server, by its name."""
    admin = installation.vault.admin
    installation.namespace(NAMESPACE)
    admin.write("sys/policies/acl/stores", policy=POLICY)
    admin.write("secret/data/stores/java", {"data": {"password": Canary.plain().value}})
    admin.write(f"sys/mounts/{MOUNT}", type="pki")
    admin.write(f"{MOUNT}/root/generate/internal", common_name="authority of the stores", ttl="1h")
    admin.write(
        f"{MOUNT}/roles/server",
        allowed_domains=f"kafka.{NAMESPACE}.svc,{NAMESPACE}.svc",
        allow_subdomains=True,
        allow_ip_sans=True,
        ttl=f"{CERTIFICATE_SECONDS}s",
        key_type="ec",
        key_bits=256,
        not_before_duration="5s",
    )
    nodes = installation.nodes
    role = {"policy": "stores", "token_type": "service"}
    nodes.apply(*(installation.account(NAMESPACE, name, **role) for name in ("kafka", "client")))
    template = pod(NAMESPACE, "kafka", SERVER, {"containers": _containers(java, "Server", PORT)})
    nodes.apply(controlled("StatefulSet", template, 2))
    names = ("kafka-0", "kafka-1")

    def addresses() -> dict[str, str]:
        pods = {each["metadata"]["name"]: each for each in installation.pods(NAMESPACE, "kafka")}
        running = {name: each["status"].get("podIP", "") for name, each in pods.items() if _is_ready(each)}
        return running if running.keys() == set(names) else {}

    yield wait_until(addresses, 180, "both Pods of the server are ready")
    nodes.kubectl("delete", "statefulset", "kafka", "-n", NAMESPACE, "--wait=false")


def _is_ready(found: dict[str, Any]) -> bool:
    conditions = found["status"].get("conditions") or []
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def test_handshakes_through_a_reissue(installation: Installation, servers: dict[str, str], java: str) -> None:
    """Client and server trust each other by name and address, and go on when both have other certificates.

    Each Pod of the StatefulSet has a certificate of its own name.
    """
    containers = _containers(java, "Client", *servers.values(), PORT)
    installation.nodes.apply(pod(NAMESPACE, "client", CLIENT, {"containers": containers}))
    installation.wait_for_phase(NAMESPACE, "client", "Running")

    def handshakes() -> list[list[str]]:
        log = installation.nodes.kubectl("logs", "client", "-n", NAMESPACE, "-c", "app")
        return [line.split(maxsplit=3) for line in log.splitlines()]

    def serials(address: str) -> set[str]:
        return {words[2] for words in handshakes() if words[:2] == ["ok", address]}

    wait_until(
        lambda: all(len(serials(address)) > 2 for address in servers.values()),
        5 * CERTIFICATE_SECONDS,
        "the client has seen three certificates of each server",
    )
    seen = handshakes()
    assert [words for words in seen if words[0] != "ok"] == []
    for name, address in servers.items():
        subjects = {words[3] for words in seen if words[1] == address}
        assert subjects == {f"CN={name}.kafka.{NAMESPACE}.svc"}
    for name in servers:
        log = installation.nodes.kubectl("logs", name, "-n", NAMESPACE, "-c", "app")
        assert "failed" not in log, log
