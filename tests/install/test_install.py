"""`helm install`, and what it leaves: a webhook in Pods behind a Service, whose injected Pods get their secrets."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from tests.install.installed import NAME, NAMESPACE, Installed
from tests.support.canary import occurrences
from tests.support.cluster.manifests import container, controlled, pod
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

SHOP = "shop"
MAIL = {"file.omamori.dev/mail.pass": "secret/data/shop/mail#password"}
CONFINED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
NOBODY = {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}}
READ = ["python3", "/app/report.py", "--stay", "/vault/secrets/mail.pass"]


def test_runs(inside: Installed, show: Callable[[str], None]) -> None:
    """An annotated Deployment in a namespace of Pod Security *restricted* runs, and its Pods have the secret."""
    inside.namespace(SHOP)
    spec = {"securityContext": NOBODY, "containers": [container(command=READ, securityContext=CONFINED)]}
    deployment = controlled("Deployment", pod(SHOP, "checkout", MAIL, spec), 2)
    inside.nodes.apply(inside.account(SHOP, "checkout"), deployment)
    rollout = ("rollout", "status", "deployment/checkout", "-n", SHOP, "--timeout=120s")
    assert "successfully rolled out" in inside.nodes.kubectl(*rollout, seconds=150)
    digest = hashlib.sha256(inside.canaries["mail"].value.encode()).hexdigest()
    pods = inside.nodes.get("pods", "-n", SHOP, "-l", "app=checkout")["items"]
    assert len(pods) == 2
    for each in pods:
        told = reported(inside, each["metadata"]["name"])
        assert json.loads(told)["sha256"] == digest
    show(f"helm install --wait: {inside.seconds:.1f} s")


def reported(inside: Installed, name: str) -> str:
    """Wait for what the application says of its file, behind what it says of itself."""
    logs = ("logs", name, "-n", SHOP, "-c", "app")
    return wait_until(lambda: inside.nodes.kubectl(*logs).splitlines()[1:], 30, "it has reported")[0]


def test_route(inside: Installed, route: str) -> None:
    """The API server reached the webhook by the route that is meant: at the Service's address, or at its endpoints."""
    address = inside.nodes.get("service", NAME, "-n", NAMESPACE)["spec"]["clusterIP"]
    # the caller's end of a connection tells where it wanted to go; rules' counters start again at each change
    connected = inside.box.run(["ss", "-Htn", "state", "established", "dst", address]).stdout
    assert bool(connected) == (route == "ClusterIP")


def test_two_replicas(inside: Installed) -> None:
    """Two Pods are ready, and both have been asked."""
    ready = inside.staying_pods()
    assert len(ready) == 2
    assert all(each["status"]["containerStatuses"][0]["ready"] for each in ready)


def test_confined(inside: Installed) -> None:
    """The webhook's process is nobody's, can write nowhere, and has no token of the API server's."""
    look = (
        "import os; print(os.getuid(), os.access('/', os.W_OK), os.statvfs('/').f_flag & os.ST_RDONLY, "
        "os.path.exists('/var/run/secrets/kubernetes.io'))"
    )
    seen = inside.nodes.kubectl("exec", f"deployment/{NAME}", "-n", NAMESPACE, "--", "python3", "-c", look)
    assert seen.split() == ["65532", "False", "1", "False"]


def test_its_account_may_do_nothing(inside: Installed) -> None:
    """The webhook's ServiceAccount has no right that not everybody has."""
    listing = ("auth", "can-i", "--list", "--as")
    anybody = inside.nodes.kubectl(*listing, f"system:serviceaccount:{NAMESPACE}:default", "-n", NAMESPACE)
    assert inside.nodes.kubectl(*listing, f"system:serviceaccount:{NAMESPACE}:{NAME}", "-n", NAMESPACE) == anybody


def test_its_log_holds_no_secret(inside: Installed) -> None:
    """The webhook's log has nothing but JSON lines, the decision on a Pod among them, and no secret."""
    inside.namespace(SHOP)
    asked = pod(SHOP, "logged", MAIL, {"securityContext": NOBODY, "serviceAccountName": "default"})
    asked["spec"]["containers"] = [container(securityContext=CONFINED)]
    inside.nodes.apply(asked, options=["--dry-run=server"])
    assert [line["outcome"] for line in inside.decisions("logged")] == ["patched"]
    log = inside.logs()
    assert all(isinstance(json.loads(line), dict) for line in log.splitlines())
    for canary in inside.canaries.values():
        assert not occurrences(canary, log.encode())
