"""A real API server that calls a real webhook through its Service, and controllers that keep its certificates."""

from __future__ import annotations

import base64
import contextlib
import json
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.realparts.apiserver import ApiServer, api_server
from tests.realparts.processes import Process
from tests.realparts.sandbox import Sandbox, sandbox
from tests.support.cluster.webhooks import ANNOTATED, webhook_configuration
from tests.support.waiting import wait_until

PROGRAM = Path(sys.executable).with_name("omamori")
NAMESPACE, NAME = "omamori", "omamori"
GROUP = "omamori-controllers"
PORT = 8443
RULES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "controller-rbac.json").read_text())["items"]


@dataclass
class Place:
    """An API server, and the Secret's files as the webhook's Pods would have them."""

    box: Sandbox
    api: ApiServer
    files: Path
    failures: list[str] = field(default_factory=list)
    calls: int = 0

    def object(self, *words: str) -> Any:
        """Get an object; None: there is none."""
        return self.api.get(*words, "--ignore-not-found")

    def bundle(self) -> str:
        """What the API server trusts."""
        entry = self.object("mutatingwebhookconfiguration", NAME)["webhooks"][0]
        return base64.b64decode(entry["clientConfig"].get("caBundle") or "").decode()

    def secret(self, name: str) -> dict[str, str]:
        """A Secret's data; empty: there is none."""
        return dict((self.object("secret", name, "-n", NAMESPACE) or {}).get("data") or {})

    def call(self) -> bool:
        """Let the API server call the webhook once; whether that worked."""
        probe = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "probe", "annotations": {"omamori.dev/inject": "false"}},
            "spec": {"containers": [{"name": "app", "image": "none"}]},
        }
        said = self.api.kubectl(
            "create", "-f", "-", "--dry-run=server", "-o", "name", stdin=json.dumps(probe), check=False
        )
        self.calls += 1
        worked = said.strip() == "pod/probe"
        if not worked:
            self.failures.append(said.strip())
        return worked


@contextlib.contextmanager
def certified_place() -> Iterator[Place]:
    """Run the API server with the Service's endpoints led to the webhook's process, and bring it the Secret's files."""
    with sandbox() as box, api_server(box, flags=["--enable-aggregator-routing=true"]) as api:
        files = box.folder / "tls"
        files.mkdir()
        made = Place(box, api, files)
        prepare(made)
        with _kubelet(made):
            yield made


def prepare(place: Place) -> None:
    """Make the webhook's Service and configuration, and the controller's rights."""
    service = {"namespace": NAMESPACE, "name": NAME, "path": "/mutate", "port": 443}
    configuration = webhook_configuration(NAME, {"service": service}, match=ANNOTATED)
    labels = {"kubernetes.io/service-name": NAME}
    place.api.apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": NAME, "namespace": NAMESPACE},
            "spec": {"ports": [{"name": "https", "port": 443, "targetPort": PORT}]},
        },
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {"name": NAME, "namespace": NAMESPACE, "labels": labels},
            "addressType": "IPv4",
            "endpoints": [{"addresses": [place.box.address], "conditions": {"ready": True}}],
            "ports": [{"name": "https", "port": PORT, "protocol": "TCP"}],
        },
        configuration,
        *RULES,
    )


@contextlib.contextmanager
def _kubelet(place: Place) -> Iterator[None]:
    """Bring the Secret's files, a second late; a Secret that is gone leaves them as they are."""
    ended = threading.Event()

    def bring() -> None:
        while not ended.wait(1):
            with contextlib.suppress(Exception):
                data = place.secret(f"{NAME}-tls")
                for name in ("tls.key", "tls.crt") if data else ():
                    (place.files / f".{name}").write_bytes(base64.b64decode(data[name]))
                for name in ("tls.key", "tls.crt") if data else ():
                    (place.files / f".{name}").replace(place.files / name)

    thread = threading.Thread(target=bring, daemon=True)
    thread.start()
    yield
    ended.set()
    thread.join(30)


@contextlib.contextmanager
def controller(place: Place, number: int, pace: Mapping[str, int], **more: str) -> Iterator[Process]:
    """Run a controller by its own rights; `more` goes into its environment."""
    settings = {
        "NAME": NAME,
        "NAMESPACE": NAMESPACE,
        "SERVICE": NAME,
        "IDENTITY": f"controller-{number}",
        **{name: str(value) for name, value in pace.items()},
    }
    environment = {f"OMAMORI_CONTROLLER_{name}": value for name, value in settings.items()}
    environment |= {"KUBECONFIG": str(place.api.user(f"controller-{number}", group=GROUP)), **more}
    with place.box.running(f"controller-{number}", [PROGRAM, "controller"], environment) as process:
        yield process


@contextlib.contextmanager
def served(place: Place) -> Iterator[Process]:
    """Run the webhook with the Secret's files, once they are there."""
    wait_until((place.files / "tls.crt").exists, 60, "the serving certificate is there")
    environment = {
        "VAULTS": "main",
        "VAULT_MAIN_ADDRESS": "https://vault:8200",
        "AGENT_IMAGE": "none",
        "TLS_CERTIFICATE_FILE": str(place.files / "tls.crt"),
        "TLS_KEY_FILE": str(place.files / "tls.key"),
        "LISTEN_HOST": place.box.listen,
        "LISTEN_PORT": str(PORT),
    }
    named = {f"OMAMORI_{name}": value for name, value in environment.items()}
    with place.box.running("webhook", [PROGRAM, "serve"], named) as process:
        wait_until(place.call, 60, "the API server calls the webhook")
        yield process


def start_over(place: Place) -> None:
    """Remove what controllers have made, and wait until nothing of it is there."""
    for kind, name in (("secret", f"{NAME}-ca"), ("secret", f"{NAME}-tls"), ("lease", f"{NAME}-controller")):
        place.api.kubectl("delete", kind, name, "-n", NAMESPACE, "--ignore-not-found")
    place.api.kubectl("delete", "mutatingwebhookconfiguration", NAME, "--ignore-not-found")
    for file in ("tls.crt", "tls.key"):
        (place.files / file).unlink(missing_ok=True)
    prepare(place)
