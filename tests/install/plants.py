"""How a fault is planted in an installation, for real, and taken out again."""

from __future__ import annotations

import base64
import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.install.diagnosis import PATIENT, WARD
from tests.install.installed import NAME, NAMESPACE, Installed
from tests.install.newpods import MAIL, NOWHERE
from tests.support.cluster.vaultside import write_role
from tests.support.waiting import wait_until
from webhook.controller.ca import issue, make_authority, parse_pair
from webhook.doctor.dry_run import trial_pod

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    Plant = Callable[[Installed], AbstractContextManager[None]]

CONTROLLER = f"{NAME}-controller"
ROLE = f"auth/kubernetes/role/{WARD}.{PATIENT}"
_SERVERS = ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields")


def without(*words: str) -> Plant:
    """Delete an object, and make it again as it was."""

    @contextlib.contextmanager
    def plant(inside: Installed) -> Iterator[None]:
        found = inside.nodes.get(*words)
        found["metadata"] = {name: each for name, each in found["metadata"].items() if name not in _SERVERS}
        found.pop("status", None)
        inside.nodes.kubectl("delete", *words)
        try:
            yield
        finally:
            inside.nodes.kubectl("create", "-f", "-", stdin=json.dumps(found))

    return plant


def changed(pointer: str, value: Any, *words: str) -> Plant:
    """Give a member of an object another value (a JSON pointer), and then its own again."""

    @contextlib.contextmanager
    def plant(inside: Installed) -> Iterator[None]:
        at = inside.nodes.get(*words)
        for step in pointer.split("/")[1:]:
            name = step.replace("~1", "/")
            at = at[int(name)] if isinstance(at, list) else at.get(name)
        _patch(inside, {"op": "add", "path": pointer, "value": value}, words)
        try:
            yield
        finally:
            back = {"op": "remove"} if at is None else {"op": "add", "value": at}
            _patch(inside, {**back, "path": pointer}, words)

    return plant


def _patch(inside: Installed, patch: dict[str, Any], words: tuple[str, ...]) -> None:
    inside.nodes.kubectl("patch", *words, "--type=json", "-p", json.dumps([patch]))


def setting(name: str, value: str) -> Plant:
    """Set a variable of the webhook in its Deployment, of which no Pods are made meanwhile."""

    @contextlib.contextmanager
    def plant(inside: Installed) -> Iterator[None]:
        deployment = (f"deployment/{NAME}", "-n", NAMESPACE)
        found = inside.nodes.get(*deployment)["spec"]["template"]["spec"]["containers"][0]["env"]
        (number,) = [at for at, each in enumerate(found) if each["name"] == name]
        change = changed(f"/spec/template/spec/containers/0/env/{number}/value", value, *deployment)
        inside.nodes.kubectl("rollout", "pause", *deployment)
        try:
            with change(inside):
                yield
        finally:
            inside.nodes.kubectl("rollout", "resume", *deployment)

    return plant


def scaled(name: str, replicas: int) -> Plant:
    """Scale a Deployment, and wait until it is so, there and back."""

    @contextlib.contextmanager
    def plant(inside: Installed) -> Iterator[None]:
        def ready() -> int:
            found = inside.nodes.get("deployment", name, "-n", NAMESPACE)
            return int(found["status"].get("readyReplicas", 0))

        before = ready()
        try:
            inside.nodes.kubectl("scale", f"deployment/{name}", "-n", NAMESPACE, f"--replicas={replicas}")
            wait_until(lambda: ready() == replicas, 60, f"{name} is scaled")
            yield
        finally:
            inside.nodes.kubectl("scale", f"deployment/{name}", "-n", NAMESPACE, f"--replicas={before}")
            wait_until(lambda: ready() == before, 90, f"{name} is back")
            _disown(inside, f"deployment/{name}", "-n", NAMESPACE)

    return plant


def _disown(inside: Installed, *words: str) -> None:
    """Give the fields back to the chart alone: else an upgrade that changes one is refused, as a conflict with us."""
    managers = inside.nodes.get(*words, "--show-managed-fields")["metadata"]["managedFields"]
    others = [each for each in managers if not each["manager"].startswith("kubectl")]
    _patch(inside, {"op": "replace", "path": "/metadata/managedFields", "value": others}, words)


def unkept(plant: Plant) -> Plant:
    """Plant what the controller would fix within seconds, so that it is gone first."""

    @contextlib.contextmanager
    def planted(inside: Installed) -> Iterator[None]:
        with scaled(CONTROLLER, 0)(inside), plant(inside):
            yield

    return planted


@contextlib.contextmanager
def foreign_bundle(inside: Installed) -> Iterator[None]:
    """Let the API server trust another authority."""
    other = make_authority(datetime.now(UTC), timedelta(days=1)).certificate
    bundle = base64.b64encode(other.encode()).decode()
    with changed("/webhooks/0/clientConfig/caBundle", bundle, "mutatingwebhookconfiguration", NAME)(inside):
        yield


@contextlib.contextmanager
def ending_certificate(inside: Installed) -> Iterator[None]:
    """Serve with a certificate of the same authority that ends within the hour."""
    secret = inside.nodes.get("secret", f"{NAME}-ca", "-n", NAMESPACE)["data"]
    halves = [base64.b64decode(secret[f"authority-1.{each}"]) for each in ("crt", "key")]
    authority = parse_pair(halves[0], halves[1])
    assert authority is not None
    made = datetime.now(UTC) - timedelta(days=20)
    hosts = (f"{NAME}.{NAMESPACE}.svc", f"{NAME}.{NAMESPACE}.svc.cluster.local")
    pair = issue(authority, hosts, made, timedelta(days=20, minutes=50))
    served = inside.nodes.get("secret", f"{NAME}-tls", "-n", NAMESPACE)["data"]
    ours = {"tls.crt": pair.certificate, "tls.key": pair.key}
    encoded = {name: base64.b64encode(text.encode()).decode() for name, text in ours.items()}
    with changed("/data", {**served, **encoded}, "secret", f"{NAME}-tls", "-n", NAMESPACE)(inside):
        yield


@contextlib.contextmanager
def foreign_vault_ca(inside: Installed) -> Iterator[None]:
    """Trust another authority for Vault."""
    other = make_authority(datetime.now(UTC), timedelta(days=1)).certificate
    with changed("/data/vault-main.crt", other, "configmap", f"{NAME}-trust", "-n", NAMESPACE)(inside):
        yield


@contextlib.contextmanager
def old_node(inside: Installed) -> Iterator[None]:
    """Add a node whose kubelet is old."""
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "elder"}}
    status = {"nodeInfo": {"kubeletVersion": "v1.33.4"}}
    inside.nodes.apply({**node, "spec": {"unschedulable": True}})
    try:
        inside.nodes.kubectl("patch", "node/elder", "--subresource=status", "-p", json.dumps({"status": status}))
        yield
    finally:
        inside.nodes.kubectl("delete", "node/elder")


@contextlib.contextmanager
def annotated_later(inside: Installed) -> Iterator[None]:
    """Have a Pod that was annotated when it was there already."""
    late = trial_pod("")
    late["metadata"] = {"name": "late", "namespace": WARD}
    inside.nodes.apply({**late, "spec": {**late["spec"], "nodeSelector": NOWHERE["nodeSelector"]}})
    try:
        annotations = [f"{name}={text}" for name, text in MAIL.items()]
        inside.nodes.kubectl("annotate", "pod/late", "-n", WARD, *annotations)
        yield
    finally:
        inside.nodes.kubectl("delete", "pod/late", "-n", WARD, "--now")


@contextlib.contextmanager
def sealed(inside: Installed) -> Iterator[None]:
    """Seal Vault."""
    inside.vault.seal()
    try:
        yield
    finally:
        inside.vault.unseal()


@contextlib.contextmanager
def moved_mount(inside: Installed) -> Iterator[None]:
    """Have the auth method at another path."""
    _remount(inside, "kubernetes", "elsewhere")
    try:
        yield
    finally:
        _remount(inside, "elsewhere", "kubernetes")


def _remount(inside: Installed, source: str, target: str) -> None:
    admin = inside.vault.admin
    answer = admin.write("sys/remount", {"from": f"auth/{source}", "to": f"auth/{target}"})
    status = f"sys/remount/status/{answer['data']['migration_id']}"
    done = lambda: admin.read(status)["data"]["migration_info"]["status"] == "success"  # noqa: E731
    wait_until(done, 30, f"auth/{target} is there")


def role(**fields: Any) -> Plant:
    """Write other fields into the patient's role, and its own again."""

    @contextlib.contextmanager
    def plant(inside: Installed) -> Iterator[None]:
        inside.vault.admin.write(ROLE, fields)
        try:
            yield
        finally:
            write_role(inside.vault, WARD, PATIENT)

    return plant


@contextlib.contextmanager
def no_role(inside: Installed) -> Iterator[None]:
    """Have no role for the patient."""
    inside.vault.admin.delete(ROLE)
    try:
        yield
    finally:
        write_role(inside.vault, WARD, PATIENT)
