"""`omamori controller` and a real API server that calls a real webhook: certificates come, change and come back."""

from __future__ import annotations

import base64
import contextlib
import copy
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from tests.e2e.webhooks import ANNOTATED, webhook_configuration
from tests.realparts.apiserver import ApiServer, api_server
from tests.realparts.parts import part
from tests.realparts.processes import Process
from tests.realparts.sandbox import Sandbox, sandbox
from tests.realparts.waiting import wait_until
from tests.soak.scale import keep, scaled
from webhook.certificates.authority import BACKDATED, make_authority, parse_bundle, parse_pair
from webhook.certificates.rotation import Pace, decide
from webhook.certificates.store import Names, read_stored, write_wanted
from webhook.cluster import Cluster, ClusterRefused

pytestmark = [pytest.mark.real, pytest.mark.timeout(0)]

PROGRAM = Path(sys.executable).with_name("omamori")
NAMESPACE, NAME = "omamori", "omamori"
PORT = 8443
MOST_GARBAGE = 100  # characters
LOAD_SECONDS = scaled(40, 600)
# a serving certificate every half minute (in the small run: every 6 s), an authority every two
ROTATION = scaled(6, 30)
PACE = {
    "AUTHORITY_SECONDS": ROTATION * 12,
    "AUTHORITY_RENEWAL_SECONDS": ROTATION * 4,
    "SERVING_SECONDS": ROTATION * 6,
    "SERVING_RENEWAL_SECONDS": ROTATION,
    "PUBLISHING_SECONDS": 3,
    "SETTLING_SECONDS": 5,
    "LOOK_SECONDS": 1,
}


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


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """The API server with the Service's endpoints led to the webhook's process, and a kubeconfig of the controller."""
    with sandbox() as box, api_server(box, flags=["--enable-aggregator-routing=true"]) as api:
        files = box.folder / "tls"
        files.mkdir()
        made = Place(box, api, files)
        _prepare(made)
        with _kubelet(made):
            yield made


def _prepare(place: Place) -> None:
    rules = json.loads((Path(__file__).parent / "controller-rbac.json").read_text())
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
        *rules["items"],
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
    environment |= {"KUBECONFIG": str(place.api.user(f"controller-{number}", group="omamori-controllers")), **more}
    with place.box.running(f"controller-{number}", [PROGRAM, "controller"], environment) as process:
        yield process


@contextlib.contextmanager
def served(place: Place) -> Iterator[Process]:
    """Run the webhook with the Secret's files, once they are there."""
    wait_until((place.files / "tls.crt").exists, 60, "the serving certificate is there")
    environment = {
        "VAULTS": "main",
        "VAULT_MAIN_ADDRESS": "https://vault:8200",
        "INJECTOR_IMAGE": "none",
        "TLS_CERTIFICATE_FILE": str(place.files / "tls.crt"),
        "TLS_KEY_FILE": str(place.files / "tls.key"),
        "LISTEN_HOST": place.box.listen,
        "LISTEN_PORT": str(PORT),
    }
    named = {f"OMAMORI_{name}": value for name, value in environment.items()}
    with place.box.running("webhook", [PROGRAM, "serve"], named) as process:
        wait_until(place.call, 60, "the API server calls the webhook")
        yield process


def test_certificates_come_and_change_under_load(place: Place, show: Callable[[str], None]) -> None:
    """Two controllers, one leader; through rotations of both kinds no call fails; faults mend themselves."""
    with controller(place, 1, PACE), controller(place, 2, PACE), served(place):
        place.failures.clear()
        place.calls = 0
        bundles, certificates = {place.bundle()}, {place.secret(f"{NAME}-tls")["tls.crt"]}
        started = time.monotonic()
        while time.monotonic() - started < LOAD_SECONDS:
            place.call()
            bundles.add(place.bundle())
            certificates.add(place.secret(f"{NAME}-tls").get("tls.crt", ""))
        figures: dict[str, Any] = {
            "seconds": LOAD_SECONDS,
            "calls": place.calls,
            "failed": len(place.failures),
            "serving_certificates": len(certificates),
            "bundles": len(bundles),
        }
        assert place.failures == []
        assert len(certificates) >= LOAD_SECONDS / ROTATION / 2
        assert len(bundles) >= 3
        assert max(len(parse_bundle(each.encode())) for each in bundles) == 2
        figures["recovery_seconds"] = {name: _recovery(place, fault) for name, fault in FAULTS.items()}
        show(json.dumps(figures))
        keep("certificates", figures)


def _recovery(place: Place, fault: Callable[[Place], None]) -> float:
    """Plant a fault, and measure until all is there again and a call works."""
    fault(place)
    started = time.monotonic()

    def mended() -> bool:
        halves = [place.secret(f"{NAME}-tls").get(f"tls.{each}", "") for each in ("crt", "key")]
        is_served = parse_pair(*map(base64.b64decode, halves)) is not None
        authorities = place.secret(f"{NAME}-ca")
        are_there = authorities and all(len(each) > MOST_GARBAGE for each in authorities.values())
        return is_served and bool(are_there and parse_bundle(place.bundle().encode())) and place.call()

    wait_until(mended, 60, "it has mended itself")
    return round(time.monotonic() - started, 1)


def _delete(*names: str) -> Callable[[Place], None]:
    def delete(place: Place) -> None:
        for name in names:
            place.api.kubectl("delete", "secret", f"{NAME}-{name}", "-n", NAMESPACE)

    return delete


def _overwrite(name: str, data: dict[str, str]) -> Callable[[Place], None]:
    def overwrite(place: Place) -> None:
        encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
        patch = json.dumps({"data": encoded})
        place.api.kubectl("patch", "secret", f"{NAME}-{name}", "-n", NAMESPACE, "--type=merge", "-p", patch)

    return overwrite


def _trust(text: str) -> Callable[[Place], None]:
    def trust(place: Place) -> None:
        value = base64.b64encode(text.encode()).decode()
        patch = json.dumps([{"op": "replace", "path": "/webhooks/0/clientConfig/caBundle", "value": value}])
        place.api.kubectl("patch", "mutatingwebhookconfiguration", NAME, "--type=json", "-p", patch)

    return trust


def _stranger() -> str:
    return make_authority(datetime.now(UTC), timedelta(days=1)).certificate


FAULTS: dict[str, Callable[[Place], None]] = {
    "the authorities' Secret is deleted": _delete("ca"),
    "the serving Secret is deleted": _delete("tls"),
    "both are deleted": _delete("ca", "tls"),
    "the authorities' Secret holds garbage": _overwrite("ca", {"authority-1.crt": "x", "authority-1.key": "y"}),
    "the serving Secret holds garbage": _overwrite("tls", {"tls.crt": "x", "tls.key": "y"}),
    "caBundle is somebody else's": _trust(_stranger()),
}


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_a_clock_that_is_an_hour_off(place: Place, seconds: int) -> None:
    """What such a controller makes from nothing is served, and taken by an API server whose clock is right."""
    (place.box.folder / "clock").write_text(str(seconds))
    clock = {"LD_PRELOAD": str(part("wallclock") / "wallclock.so"), "WALLCLOCK_FILE": str(place.box.folder / "clock")}
    start_over(place)
    with controller(place, 3, {"LOOK_SECONDS": 1}, **clock), served(place):
        leaf = x509.load_pem_x509_certificate(base64.b64decode(place.secret(f"{NAME}-tls")["tls.crt"]))
        made = leaf.not_valid_before_utc + BACKDATED
        assert abs((made - datetime.now(UTC)).total_seconds() - seconds) < 300
        assert place.call()


def start_over(place: Place) -> None:
    """Remove what controllers have made, and wait until nothing of it is there."""
    for kind, name in (("secret", f"{NAME}-ca"), ("secret", f"{NAME}-tls"), ("lease", f"{NAME}-controller")):
        place.api.kubectl("delete", kind, name, "-n", NAMESPACE, "--ignore-not-found")
    place.api.kubectl("delete", "mutatingwebhookconfiguration", NAME, "--ignore-not-found")
    for file in ("tls.crt", "tls.key"):
        (place.files / file).unlink(missing_ok=True)
    _prepare(place)


RULES = json.loads((Path(__file__).parent / "controller-rbac.json").read_text())["items"]
VERBS = [
    (role, rule, verb)
    for role, item in enumerate(RULES)
    for rule, found in enumerate(item.get("rules", ()))
    for verb in found["verbs"]
]


@pytest.mark.parametrize(("role", "rule", "verb"), VERBS)
def test_each_right_is_needed(place: Place, role: int, rule: int, verb: str) -> None:
    """Without any verb of any rule the controller cannot do its work from nothing to a rotation; with all it can."""
    assert work_of_a_controller(place, RULES)
    without = copy.deepcopy(RULES)
    verbs = without[role]["rules"][rule]["verbs"]
    verbs[verbs.index(verb)] = "watch"  # of no use here, but a rule cannot be without any
    assert not work_of_a_controller(place, without)


def work_of_a_controller(place: Place, rules: list[dict[str, Any]]) -> bool:
    """Be elected and elected again, make everything, and make it anew."""
    start_over(place)
    place.api.apply(*rules)
    cluster = Cluster(config_file=str(place.api.user("controller-9", group="omamori-controllers")))
    names = Names(NAMESPACE, NAME, NAME, f"{NAME}-ca", f"{NAME}-tls")
    later = datetime.now(UTC) + timedelta(days=250)

    def may() -> bool:
        for name in ("get", "update"):  # rights come to the authorizer a moment late
            allowed = place.api.kubectl(
                *(
                    "auth",
                    "can-i",
                    name,
                    f"secrets/{NAME}-ca",
                    "-n",
                    NAMESPACE,
                    "--as=x",
                    "--as-group=omamori-controllers",
                ),
                check=False,
            )
            wanted = name in rules[0]["rules"][1]["verbs"]
            if allowed.startswith("yes") is not wanted:
                return False
        return True

    wait_until(may, 10, "the rights are known")
    try:
        for now in (datetime.now(UTC), later):
            stored = read_stored(cluster, names)
            write_wanted(cluster, names, stored, decide(now, stored.certificates, names.hosts, Pace()))
        for _ in range(2):
            lease = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"
            found = cluster.read(f"{lease}/{NAME}-controller")
            body = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": f"{NAME}-controller"}}
            if found is None:
                cluster.create(lease, body)
            else:
                cluster.replace(f"{lease}/{NAME}-controller", found)
    except ClusterRefused as refused:
        assert refused.status == 403, refused
        return False
    return True
