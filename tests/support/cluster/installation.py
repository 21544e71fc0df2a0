"""omamori installed on a cluster, once for all tests: images, Vault on DynamoDB, and the webhook as a process."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.realparts.cluster import Cluster, cluster
from tests.realparts.dynamodb import dynamodb
from tests.realparts.runtimes import DEBIANS, Runtime
from tests.realparts.sandbox import Sandbox, sandbox
from tests.realparts.vault import Storage, VaultServer, vault
from tests.support.cluster.images import AGENT
from tests.support.cluster.vaultside import prepare_vault, trust_cluster, write_role
from tests.support.cluster.webhooks import (
    ANNOTATED,
    ANNOTATED_FOR_VAULT_K8S,
    Webhook,
    webhook_configuration,
    webhook_process,
)
from tests.support.waiting import wait_until
from vault.contract.names import ENV_CHECK_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.realparts.dynamodb import DynamoDB
    from tests.support.canary import Canary
    from tests.support.cluster.images import Images

CONFIGURATION = "omamori"
DEADLINE_SECONDS = 45
SECONDS = 180.0  # for anything that a busy node does

# namespaces with this label are served by another webhook than the process
ELSEWHERE = "omamori-tests/served-elsewhere"


@dataclass(frozen=True, slots=True)
class Installation:
    """What the tests look at. `canaries` are the secrets' values, by the names of vaultside.SECRETS."""

    box: Sandbox
    nodes: Cluster
    vault: VaultServer
    webhook: Webhook
    store: DynamoDB
    second_port: int
    canaries: Mapping[str, Canary] = field(repr=False)

    def namespace(self, name: str, labels: Mapping[str, str] | None = None) -> None:
        """Make a namespace; nothing happens if it is there."""
        self.nodes.apply(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": dict(labels or {})}}
        )

    @contextlib.contextmanager
    def without_vault(self, namespace: str, *names: str) -> Iterator[None]:
        """Have the ServiceAccounts of Pods, with their roles, and then no Vault; it is back afterwards."""
        if names:
            self.nodes.apply(*(self.account(namespace, name) for name in names))
        self.vault.stop()
        try:
            yield
        finally:
            self.vault.stop()
            self.vault.start()

    @contextlib.contextmanager
    def second_vault(self) -> Iterator[VaultServer]:
        """Run the Vault that the webhook's settings call `eu-west`, which is empty; it trusts the cluster's tokens."""
        authority, storage = self.vault.authority, Storage(self.store.endpoint, "second")
        with vault(self.box, storage, name="second", port=self.second_port, authority=authority) as server:
            trust_cluster(self.nodes, server)
            server.admin.write("sys/mounts/secret", type="kv", options={"version": "2"})
            yield server

    def account(self, namespace: str, name: str, **role: str) -> dict[str, Any]:
        """Give the manifest of a ServiceAccount, and write its role in Vault."""
        write_role(self.vault, namespace, name, **role)
        return account(namespace, name)

    def pods(self, namespace: str, app: str) -> list[dict[str, Any]]:
        """The Pods with the label `app`, finished ones too."""
        found: list[dict[str, Any]] = self.nodes.get("pods", "-n", namespace, "-l", f"app={app}")["items"]
        return found

    def wait_for_phase(self, namespace: str, pod: str, phase: str) -> dict[str, Any]:
        """Wait for a Pod's phase and give the Pod; where it does not come, the error describes the Pod."""

        def reached() -> dict[str, Any] | None:
            found: dict[str, Any] = self.nodes.get("pod", pod, "-n", namespace)
            return found if found["status"].get("phase") == phase else None

        wait = ("wait", "--for", f"jsonpath={{.status.phase}}={phase}", f"pod/{pod}", "-n", namespace)
        self.nodes.kubectl(*wait, f"--timeout={SECONDS:.0f}s", check=False, seconds=SECONDS + 30)
        found = reached()
        assert found is not None, self.nodes.kubectl("describe", "pod", pod, "-n", namespace)
        return found

    def wait_for_refusal(self, namespace: str, pod: str) -> None:
        """Wait until the kubelet refuses to start the application for want of its env file, and says so."""
        told = ("CreateContainerConfigError", f"missing value for {ENV_CHECK_VARIABLE}")

        def refused() -> bool:
            [app] = self.nodes.get("pod", pod, "-n", namespace)["status"].get("containerStatuses") or [{}]
            waiting = app.get("state", {}).get("waiting", {})
            return (waiting.get("reason"), waiting.get("message")) == told

        wait_until(refused, SECONDS, f"the kubelet refuses to start the application of {pod}")

    def report(self, namespace: str, pod: str, container: str, files: int) -> list[dict[str, Any]]:
        """Wait until the application of the tests has told of so many files: gives itself first, then each file."""

        def told() -> list[str]:
            log = self.nodes.kubectl("logs", pod, "-n", namespace, "-c", container)
            return log.splitlines() if log.count("\n") >= files + 1 else []

        lines = wait_until(told, SECONDS, f"the container {container} of {pod} reports {files} files")
        return [json.loads(line) for line in lines]

    def files_on_node(self, pod: Mapping[str, Any]) -> list[str]:
        """List what is in the Pod's volumes of ours, as the kubelet has them, by name; only while the Pod is there."""
        volumes = f"/var/lib/kubelet/pods/{pod['metadata']['uid']}/volumes/kubernetes.io~empty-dir"
        names = [each["name"] for each in pod["spec"]["volumes"] if "emptyDir" in each]
        folders = [f"{volumes}/{name}" for name in names if name.startswith("omamori-")]
        assert folders
        return self.box.run(["find", *folders, "-mindepth", "1", "-printf", "%P\n"]).stdout.split()


def account(namespace: str, name: str) -> dict[str, Any]:
    """A ServiceAccount of which Vault knows nothing."""
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}}


def settings(box: Sandbox, server: VaultServer, second_port: int) -> dict[str, str]:
    """The webhook's settings, without their prefix.

    The Vault `mapped` is the same one, whose CA comes from a ConfigMap; `gone` is one where nobody listens; `eu-west`
    is that of `second_vault`, at `second_port`.
    """
    return {
        "VAULTS": "main,mapped,gone,eu-west",
        "VAULT_MAIN_ADDRESS": server.address,
        "VAULT_MAIN_CA_FILE": str(server.ca_pem),
        "VAULT_MAPPED_ADDRESS": server.address,
        "VAULT_MAPPED_CA_CONFIG_MAP": "vault-ca/ca.pem",
        "VAULT_MAPPED_AUDIENCE": "mapped",
        "VAULT_GONE_ADDRESS": f"https://{box.address}:9",
        "VAULT_GONE_AUDIENCE": "gone",
        "VAULT_EU_WEST_ADDRESS": f"https://{box.address}:{second_port}",
        "VAULT_EU_WEST_CA_FILE": str(server.ca_pem),
        "VAULT_EU_WEST_AUDIENCE": "eu-west",
        "AGENT_IMAGE": AGENT,
        "AGENT_PULL_POLICY": "Never",
        "AGENT_DEADLINE_SECONDS": str(DEADLINE_SECONDS),
        "ALLOW_RESTART": "true",
        "DIALECT_VAULTK8S": "true",
        "VAULT_MAIN_VAULTK8S_AUTH_METHODS": "approle,cert",
    }


@contextlib.contextmanager
def installed(
    images: Images,
    *,
    kubelet_gates: Mapping[str, bool] | None = None,
    kubelet_minor: str | None = None,
    runtime: Runtime = DEBIANS,
) -> Iterator[Installation]:
    """Install everything, and wait until the API server calls the webhook."""
    with (
        sandbox() as box,
        cluster(box, kubelet_gates=kubelet_gates, kubelet_minor=kubelet_minor, runtime=runtime) as nodes,
        dynamodb(box) as store,
        vault(box, Storage(store.endpoint)) as server,
        webhook_process(box, settings(box, server, second_port := box.port(8600))) as webhook,
    ):
        for archive in (images.agent, images.webhook, images.app, images.scratch):
            nodes.import_image(archive)
        canaries = prepare_vault(nodes, server)
        others = {"matchExpressions": [{"key": ELSEWHERE, "operator": "DoesNotExist"}]}
        match = f"({ANNOTATED}) || ({ANNOTATED_FOR_VAULT_K8S})"
        nodes.apply(webhook_configuration(CONFIGURATION, webhook.client_config(), namespaces=others, match=match))
        wait_until(lambda: is_called(nodes, webhook), 30, "the API server knows of the webhook")
        yield Installation(box, nodes, server, webhook, store, second_port, canaries)


def is_called(nodes: Cluster, webhook: Webhook) -> bool:
    """Whether the API server calls the webhook, which takes it a moment to learn."""
    probe = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "probe", "annotations": {"omamori.dev/inject": "false"}},
        "spec": {"containers": [{"name": "app", "image": "none"}]},
    }
    nodes.apply(probe, options=["--dry-run=server"])
    return bool(webhook.decisions(name="probe"))
