"""An API server with the webhook registered by URL, and a client that sends it Pods."""

from __future__ import annotations

import contextlib
import copy
import json
import re
import socket
import ssl
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tests.e2e.dryrun import laterhook
from tests.realparts.apiserver import ApiServer, api_server
from tests.realparts.certificates import Authority
from tests.realparts.sandbox import Sandbox, sandbox
from tests.support.cluster.webhooks import Webhook, bundle, webhook_configuration, webhook_process
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SHOP = "shop"
STRICT = "strict"  # Pod Security: restricted
CROWD = "crowd"  # another webhook adds a container there, after ours
LIMITED = "limited"  # a LimitRange sets defaults there
DOWN = "down"  # served by a webhook that does not run
LATER_PORT = 8444
NOBODY_LISTENS = 9

SETTINGS = {
    "VAULTS": "main",
    "VAULT_MAIN_ADDRESS": "https://vault.example.com:8200",
    "AGENT_IMAGE": "localhost/agent:1",
}

LIMITS = {
    "apiVersion": "v1",
    "kind": "LimitRange",
    "metadata": {"name": "defaults", "namespace": LIMITED},
    "spec": {
        "limits": [
            {
                "type": "Container",
                "default": {"cpu": "1", "memory": "512Mi", "ephemeral-storage": "1Gi"},
                "defaultRequest": {"cpu": "100m", "memory": "64Mi", "ephemeral-storage": "100Mi"},
            }
        ]
    },
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client got: the object, or a Status where it was refused, and the warnings."""

    status: int
    body: dict[str, Any]
    warnings: list[str]

    @property
    def message(self) -> str:
        """Why it was refused."""
        return str(self.body.get("message", ""))


@dataclass(frozen=True, slots=True)
class Place:
    """What the tests talk to."""

    box: Sandbox
    server: ApiServer
    webhook: Webhook
    client: httpx.Client

    def create(self, pod: Mapping[str, Any], namespace: str = SHOP, *, dry_run: bool = True) -> Answer:
        """Create a Pod, by dry run unless told otherwise."""
        params = {"dryRun": "All"} if dry_run else {}
        answer = self.client.post(f"/api/v1/namespaces/{namespace}/pods", json=pod, params=params)
        warnings = [re.sub(r'^299 - "|"$', "", each) for each in answer.headers.get_list("warning")]
        return Answer(answer.status_code, answer.json(), warnings)

    def reasons(self, name: str) -> list[str]:
        """The reasons of the webhook's decisions on a Pod, in order."""
        return [line["reason"] for line in self.webhook.decisions(name=name)]


@contextlib.contextmanager
def place() -> Iterator[Place]:
    """Run all of it."""
    with (
        sandbox() as box,
        api_server(box, default_accounts=("default", SHOP, STRICT, CROWD, LIMITED, DOWN)) as server,
        webhook_process(box, SETTINGS) as webhook,
        later_hook(box) as later,
        client(server) as connected,
    ):
        server.kubectl("label", "namespace", STRICT, "pod-security.kubernetes.io/enforce=restricted")
        nobody = {**webhook.client_config(), "url": f"https://{box.address}:{NOBODY_LISTENS}/mutate"}
        server.apply(
            LIMITS,
            webhook_configuration("omamori", webhook.client_config(), namespaces=_only(SHOP, STRICT, CROWD, LIMITED)),
            webhook_configuration("omamori-down", nobody, namespaces=_only(DOWN)),
            webhook_configuration("z-later", later, namespaces=_only(CROWD), match="true", reinvocation="Never"),
        )
        made = Place(box, server, webhook, connected)
        wait_until(lambda: made.create(pod("probe", INJECT_NOT), CROWD).body["spec"]["containers"][1:], 30, "all known")
        wait_until(lambda: made.reasons("probe"), 30, "the API server calls the webhook")
        yield made


@contextlib.contextmanager
def client(server: ApiServer) -> Iterator[httpx.Client]:
    """Connect as system:masters, with the certificate that kubectl has, and keep the connection."""
    user = json.loads(server.kubeconfig.read_text())["users"][0]["user"]
    context = ssl.create_default_context(cafile=str(server.ca))
    context.load_cert_chain(user["client-certificate"], user["client-key"])
    with httpx.Client(base_url=server.url, verify=context, trust_env=False, timeout=60) as connected:
        yield connected


@contextlib.contextmanager
def later_hook(box: Sandbox) -> Iterator[dict[str, Any]]:
    """Run the other webhook; gives its clientConfig."""
    authority = Authority(box.folder / "later", "Somebody else's webhook")
    pair = authority.issue("serving", box.address)
    port = box.port(LATER_PORT)
    program = Path(laterhook.__file__)

    def listens() -> bool:
        try:
            socket.create_connection((box.address, port), 1).close()
        except OSError:
            return False
        return True

    with box.running("later", [sys.executable, program, str(port), pair.certificate, pair.key]) as process:
        process.wait_until(listens, 30, "the other webhook listens")
        yield {"url": f"https://{box.address}:{port}/", "caBundle": bundle(authority)}


def _only(*namespaces: str) -> dict[str, Any]:
    names = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": list(namespaces)}
    return {"matchExpressions": [names]}


INJECT_NOT = {"omamori.dev/inject": "false"}
ASKING = {"file.omamori.dev/db": "secret/data/shop/db#password"}


def pod(name: str, annotations: Mapping[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    """Make a Pod of one container."""
    metadata: dict[str, Any] = {"name": name}
    if annotations is not None:
        metadata["annotations"] = dict(annotations)
    containers = [{"name": "app", "image": "localhost/app:1"}]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": containers, **spec}}


def copied(made: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Make of an API server's Pod what people re-create: without what is the server's own."""
    again = copy.deepcopy(dict(made))
    for each in ("uid", "resourceVersion", "creationTimestamp", "managedFields"):
        again["metadata"].pop(each, None)
    again.pop("status", None)
    again["metadata"]["name"] = name
    return again


def our_mounts(container: Mapping[str, Any]) -> list[str]:
    """Where our volumes are mounted in a container."""
    return [each["mountPath"] for each in container.get("volumeMounts", []) if each["name"].startswith("omamori-")]
