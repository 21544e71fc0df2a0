"""An installation's later life: an upgrade under a load of new Pods, access files, and the end."""

from __future__ import annotations

import base64
import json
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.install.installed import NAME, NAMESPACE, Installed
from tests.install.newpods import MAIL, NOWHERE, NewPods
from tests.support.cluster.manifests import pod
from tests.support.cluster.rendering import merged, render
from tests.support.scale import FULL
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.realparts.apiserver import ApiServer

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

SERVED = """\
import ssl, sys
print(ssl.get_server_certificate((sys.argv[1], 8443), ca_certs=sys.argv[2], timeout=5))
"""

MORE = {"logLevel": "debug", "replicas": 3, "controller": {"replicas": 2}}

ACCESS = """\
accessVersion: 1
owner: shop
mounts:
  secret: {type: kv}
auth:
  kubernetes: {type: kubernetes}
grants:
  - workload: {namespace: shop, serviceAccount: mailer}
    paths:
      secret/data/shop/mail: read
"""


def test_upgrade_under_load(inside: Installed, show: Callable[[str], None]) -> None:
    """While `helm upgrade` replaces every Pod of the webhook, no new Pod is refused and none is left un-injected."""
    server = inside.nodes
    server.kubectl("create", "namespace", "busy")
    before = {each["metadata"]["name"] for each in inside.webhook_pods()}
    with NewPods(server, "busy", rate=20) as load:
        started = time.monotonic()
        inside.release.install(merged(inside.values, MORE), "--wait", "--timeout=180s")
        upgraded = time.monotonic() - started
        # the old ones answer until they have drained
        wait_until(
            lambda: not before & {each["metadata"]["name"] for each in inside.webhook_pods()}, 120, "the old are gone"
        )
        seconds = time.monotonic() - started
        enough = load.created + 40
        wait_until(lambda: load.created >= enough, 60, "and some more Pods are made")
    show(
        f"helm upgrade --wait: {upgraded:.1f} s, old Pods gone after {seconds:.1f} s; {load.created} new Pods, "
        f"{load.injected} injected, {len(load.uninjected)} not, {len(load.refused)} refused; "
        f"the slowest took {load.slowest_seconds * 1000:.0f} ms"
    )
    assert load.created > 200
    assert load.refused == []
    assert load.uninjected == []
    server.kubectl("delete", "namespace", "busy", "--wait=false")
    assert len(before) == 2


def test_all_agree_on_one_authority(inside: Installed, show: Callable[[str], None]) -> None:
    """Three replicas serve the certificate of one authority of two controllers; at full scale after both are lost, too.

    An authority that comes into another's place signs only when it has been known for a minute, so this takes two.
    """
    server = inside.nodes
    pods = [each["status"]["podIP"] for each in inside.staying_pods()]
    controllers = server.get("deployment", f"{NAME}-controller", "-n", NAMESPACE)
    assert (len(pods), controllers["status"]["readyReplicas"]) == (3, 2)
    lost = ""
    server.kubectl("create", "namespace", "steady")
    started = time.monotonic()

    def agreed() -> bool:
        return {served_by(inside, each) for each in pods} == {secret_certificate(inside)} != {lost}

    with NewPods(server, "steady", rate=5) as load:
        if FULL:
            lost = served_by(inside, pods[0])
            server.kubectl("delete", "secret", f"{NAME}-ca", f"{NAME}-tls", "-n", NAMESPACE)
        wait_until(agreed, 240, "all serve the same certificate")
        wait_until(lambda: load.created >= 10, 60, "some Pods are made")
    took = f"{time.monotonic() - started:.1f} s after both Secrets were deleted" if lost else "as it was"
    show(f"three replicas serve the same certificate, {took}; {load.created} new Pods, {len(load.refused)} refused")
    assert load.refused == load.uninjected == []
    authorities = server.get("secret", f"{NAME}-ca", "-n", NAMESPACE)["data"]
    assert len([name for name in authorities if name.endswith(".key")]) == 1
    server.kubectl("delete", "namespace", "steady", "--wait=false")


def served_by(inside: Installed, address: str) -> str:
    """Give the certificate that a replica serves, in PEM, if it is one that the API server trusts; empty: it is not."""
    configuration = inside.nodes.get("mutatingwebhookconfiguration", NAME)
    bundle = inside.box.folder / "bundle.pem"
    bundle.write_bytes(base64.b64decode(configuration["webhooks"][0]["clientConfig"]["caBundle"]))
    ended = inside.box.run([sys.executable, "-c", SERVED, address, bundle], check=False)
    return ended.stdout.strip()


def secret_certificate(inside: Installed) -> str:
    """Give the first certificate of the serving Secret, in PEM; empty: there is none."""
    found = inside.nodes.get("secret", f"{NAME}-tls", "-n", NAMESPACE, "--ignore-not-found") or {}
    encoded = found.get("data", {}).get("tls.crt", "")
    head, end, _ = base64.b64decode(encoded).decode().partition("-----END CERTIFICATE-----")
    return head + end


def test_access_files(inside: Installed) -> None:
    """With access files, a Job writes the policy and the role into Vault."""
    token = inside.vault.root_token
    made = {"metadata": {"name": "vault-token", "namespace": NAMESPACE}, "stringData": {"token": token}}
    inside.nodes.apply({"apiVersion": "v1", "kind": "Secret", **made})
    access = {"enabled": True, "files": {"shop.yaml": ACCESS}, "tokenSecret": {"name": "vault-token"}}
    values = merged(inside.values, {"accessFiles": access})
    inside.release.install(values, "--wait", "--timeout=180s")
    (job,) = [name for kind, name in render(values).documents if kind == "Job"]
    waited = inside.nodes.kubectl(
        *("wait", "--for=condition=Complete", f"job/{job}", "-n", NAMESPACE, "--timeout=90s"), check=False, seconds=120
    )
    log = inside.nodes.kubectl("logs", f"job/{job}", "-n", NAMESPACE)
    assert "condition met" in waited, inside.nodes.kubectl("describe", "pods", "-n", NAMESPACE) + log
    assert "done: " in log
    role = inside.vault.admin.read("auth/kubernetes/role/shop.mailer")["data"]
    assert role["bound_service_account_names"] == ["mailer"]
    assert token not in log


def test_uninstall(inside: Installed, show: Callable[[str], None]) -> None:
    """`helm uninstall` leaves nothing, holds nothing up, and its namespace goes; an annotated Pod is then admitted."""
    server = inside.nodes
    assert not admitted(server, "kube-system")  # where the webhook is not asked, so by the backstop
    started = time.monotonic()
    inside.release.uninstall("--wait", "--timeout=120s")
    uninstalled = time.monotonic() - started
    kinds = "mutatingwebhookconfiguration,validatingadmissionpolicy,validatingadmissionpolicybinding,clusterrole"
    assert "omamori" not in server.kubectl("get", kinds, "-o", "name")
    wait_until(lambda: admitted(server, "default"), 30, "nobody refuses an annotated Pod any more")
    server.kubectl("delete", "namespace", NAMESPACE, "--timeout=90s", seconds=120)
    gone = time.monotonic() - started
    show(f"helm uninstall --wait: {uninstalled:.1f} s; its namespace was gone after {gone:.1f} s")
    server.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    inside.release.install(inside.values, "--wait", "--timeout=120s")
    wait_until(lambda: not admitted(server, "kube-system"), 30, f"{NAME} is back")


def admitted(server: ApiServer, namespace: str) -> bool:
    """Whether an annotated Pod is admitted without being injected, by dry run."""
    annotated = json.dumps(pod(namespace, "annotated", MAIL, NOWHERE))
    said = server.kubectl("create", "-f", "-", "--dry-run=server", "-o", "yaml", stdin=annotated, check=False)
    return "kind: Pod" in said and "omamori-init" not in said
