"""Vault in Pods, as deploy/examples/vault-on-dynamodb has it: three nodes on DynamoDB Local, unsealed by KMS on moto.

    with dynamodb(box) as store, aws(box) as cloud:
        ...                                   # the table may be made now; else Vault makes it
        with vault_pods(nodes, store, cloud, table="vault") as pods:
            pods.admin.write("sys/mounts/secret", type="kv")

The example is applied as it is, under an overlay that says what is this cluster's: the image, endpoints and credentials
by variables, the table's name, and that three nodes may share the one machine.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.realparts.certificates import Authority
from tests.realparts.containers import write_image
from tests.realparts.dynamodb import CREDENTIALS
from tests.realparts.parts import part
from tests.realparts.requests import status_of
from tests.realparts.servicerelay import service_relay
from tests.realparts.vaultadmin import VaultAdmin
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.realparts.aws import Aws
    from tests.realparts.cluster import Cluster
    from tests.realparts.dynamodb import DynamoDB
    from tests.realparts.sandbox import Sandbox

EXAMPLE = Path(__file__).parents[3] / "deploy/examples/vault-on-dynamodb"
NAMESPACE = "vault"
IMAGE = "localhost/vault:test"
UNSEAL_KEY = "alias/vault-unseal"
PODS = ("vault-0", "vault-1", "vault-2")
PORT = 8200  # of Vault in its Pod

READY_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class VaultPods:
    """Three nodes of one Vault. `address` leads to the active one, for tests and for Pods alike."""

    nodes: Cluster
    address: str
    ca_pem: Path
    root_token: str = field(repr=False)

    @property
    def admin(self) -> VaultAdmin:
        """A client with the root token."""
        return VaultAdmin(self.address, self.ca_pem, self.root_token)

    def serves(self) -> bool:
        """Whether an active node answers."""
        return status_of(f"{self.address}/v1/sys/health", trusted=self.ca_pem) == 200

    def active(self) -> str:
        """Give the name of the active Pod. Raises where there is none."""
        leader: str = self.admin.read("sys/leader")["leader_address"]
        return leader.removeprefix("https://").partition(".")[0]

    def kill(self, pod: str) -> None:
        """End Vault in a Pod with SIGKILL; the kubelet starts it again. Its lock in DynamoDB stays until it expires."""
        status = self._get(pod)["status"]["containerStatuses"][0]
        identity = status["containerID"].removeprefix("containerd://")
        self.nodes.containers.ctr("tasks", "kill", "--signal", "SIGKILL", identity)

    def delete(self, pod: str, *options: str) -> None:
        """Delete a Pod; the StatefulSet makes a new one of that name."""
        self.nodes.kubectl("delete", "pod", pod, "-n", NAMESPACE, *options)

    def uid(self, pod: str) -> str | None:
        """Give a Pod's identity, which a new one of the name does not have; None where there is no Pod."""
        found = self._get(pod, "--ignore-not-found")
        return found and str(found["metadata"]["uid"])

    def status(self, pod: str) -> dict[str, Any] | None:
        """`vault status` in a Pod; None if it does not answer."""
        # not checked: a sealed Vault is 2 to the command, and errors follow the answer
        told = self.nodes.kubectl("exec", "-n", NAMESPACE, pod, "--", "vault", "status", "-format=json", check=False)
        found: dict[str, Any] | None = json.loads(told[: told.rindex("}") + 1]) if told.startswith("{") else None
        return found

    def wait_until_ready(self, *pods: str) -> None:
        """Wait until Pods are ready, which is unsealed: all three, if none is named."""
        names = [f"pod/{each}" for each in pods or PODS]
        seconds = f"--timeout={READY_SECONDS:.0f}s"
        self.nodes.kubectl(
            "wait", "--for=condition=Ready", *names, "-n", NAMESPACE, seconds, seconds=READY_SECONDS + 10
        )

    def _get(self, pod: str, *options: str) -> Any:
        return self.nodes.get("pod", pod, "-n", NAMESPACE, *options)


@contextlib.contextmanager
def vault_pods(
    nodes: Cluster, store: DynamoDB, cloud: Aws, *, table: str = "vault", port: int = 8300
) -> Iterator[VaultPods]:
    """Apply the example and initialize Vault; `port` is where the run's network reaches it."""
    box = nodes.box
    cloud.make_key(UNSEAL_KEY)
    archive = box.folder / "vault-image.tar"
    write_image(archive, IMAGE, {"bin/vault": (part("vault") / "bin" / "vault").read_bytes()}, ["/bin/vault"])
    nodes.import_image(archive)
    archive.unlink()
    authority = Authority(box.folder / f"vault-pods-tls-{table}", "Vault in Pods")
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    nodes.apply(namespace, _certificate(authority, box))
    nodes.kubectl("apply", "-k", str(_overlay(box, _variables(store, cloud, table))))
    with _ending(nodes), service_relay(nodes, NAMESPACE, "vault", PORT, port=port) as reached:
        address = f"https://{reached}"
        pods = VaultPods(nodes, address, authority.certificate, root_token="")
        wait_until(lambda: pods.status(PODS[0]), READY_SECONDS, "Vault in its Pod answers")
        told = nodes.kubectl("exec", "-n", NAMESPACE, PODS[0], "--", *["vault", "operator", "init", "-format=json"])
        pods = VaultPods(nodes, address, authority.certificate, root_token=json.loads(told)["root_token"])
        pods.wait_until_ready()
        wait_until(pods.serves, READY_SECONDS, "the Service leads to an active Vault")
        enable_audit(pods)
        yield pods


@contextlib.contextmanager
def _ending(nodes: Cluster) -> Iterator[None]:
    """Remove it all in the end: another Vault of these names would find Pods that know the table of this one."""
    try:
        yield
    finally:
        nodes.kubectl("delete", "namespace", NAMESPACE, "--timeout=120s", seconds=130)


def enable_audit(pods: VaultPods, *collector: str) -> str:
    """Run the example's audit.sh as an operator would, perhaps with a collector's HOST:PORT, and give what it says."""
    variables = {
        "PATH": f"{part('vault') / 'bin'}:{os.environ['PATH']}",
        "VAULT_ADDR": pods.address,
        "VAULT_CACERT": str(pods.ca_pem),
        "VAULT_TOKEN": pods.root_token,
    }
    return pods.nodes.box.run([EXAMPLE / "audit.sh", *collector], env=variables).stdout


def _variables(store: DynamoDB, cloud: Aws, table: str) -> dict[str, str]:
    return {
        "AWS_DYNAMODB_ENDPOINT": store.endpoint,
        "AWS_DYNAMODB_TABLE": table,
        "AWS_KMS_ENDPOINT": cloud.endpoint,
        **{name: value for name, value in CREDENTIALS.items() if name != "AWS_REGION"},
    }


def _certificate(authority: Authority, box: Sandbox) -> dict[str, Any]:
    """Give the Secret that the example asks for; its names, and the address at which the tests reach the Service."""
    names = (f"vault.{NAMESPACE}.svc", f"*.vault-internal.{NAMESPACE}.svc", "localhost", "127.0.0.1")
    pair = authority.issue("serving", *names, box.address)
    files = {"tls.crt": pair.certificate, "tls.key": pair.key, "ca.crt": authority.certificate}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "vault-tls", "namespace": NAMESPACE},
        "stringData": {name: file.read_text() for name, file in files.items()},
    }


def _overlay(box: Sandbox, variables: Mapping[str, str]) -> Path:
    """Write the overlay and give its folder."""
    folder = box.folder / f"vault-overlay-{variables['AWS_DYNAMODB_TABLE']}"
    folder.mkdir()
    name, _, tag = IMAGE.partition(":")
    container = {
        "name": "vault",
        "imagePullPolicy": "Never",
        "env": [{"name": key, "value": value} for key, value in variables.items()],
    }
    spec = {"affinity": None, "containers": [container]}
    patch = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "vault"},
        "spec": {"template": {"spec": spec}},
    }
    content = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [os.path.relpath(EXAMPLE, folder.resolve())],
        "images": [{"name": "docker.io/hashicorp/vault", "newName": name, "newTag": tag}],
        "patches": [{"patch": json.dumps(patch)}],
    }
    (folder / "kustomization.yaml").write_text(json.dumps(content))
    return folder
