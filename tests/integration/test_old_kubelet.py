"""A kubelet that does not read env files: nobody's application starts without its variables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.cluster.images import build_images
from tests.support.cluster.installation import installed
from tests.support.cluster.manifests import container, pod
from tests.support.waiting import wait_until
from vault.contract.names import ENV_CHECK_VARIABLE

if TYPE_CHECKING:
    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

NAMESPACE = "old"
PASSWORD = {"env.omamori.dev/DB_PASSWORD": "secret/data/shop/db#password"}
WAYS = {
    "tried": {},
    "fast": {"omamori.dev/start": "fast"},
    "sidecar": {"omamori.dev/mode": "sidecar"},
}
HAS_IT = 'test -n "$DB_PASSWORD" || exit 9'
BOTH = {"containers": [container(command=["/bin/sh", "-c", HAS_IT])]}
OLD, NEW = {"EnvFiles": False}, {"EnvFiles": True}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A cluster whose API server knows env files, and whose node does not, as in the middle of an upgrade."""
    images = build_images(tmp_path_factory.mktemp("images"))
    with installed(images, kubelet_gates=OLD) as made:
        made.namespace(NAMESPACE)
        yield made


def app_of(installation: Installation, name: str) -> dict[str, Any]:
    """The status of a Pod's application."""
    found = installation.nodes.get("pod", name, "-n", NAMESPACE)
    statuses: list[dict[str, Any]] = found["status"].get("containerStatuses") or [{}]
    return statuses[0]


@pytest.mark.parametrize("name", WAYS)
def test_the_application_does_not_start(installation: Installation, name: str) -> None:
    """The kubelet itself refuses the start and says what is missing, whatever ours does; ours has done its work."""
    installation.nodes.apply(installation.account(NAMESPACE, name))
    installation.nodes.apply(pod(NAMESPACE, name, {**PASSWORD, **WAYS[name]}, BOTH))
    installation.wait_for_refusal(NAMESPACE, name)

    app = app_of(installation, name)
    assert (app["restartCount"], app.get("containerID"), app.get("lastState")) == (0, None, {})
    described = installation.nodes.kubectl("describe", "pod", name, "-n", NAMESPACE)
    assert f"missing value for {ENV_CHECK_VARIABLE}" in described


def test_the_launcher_needs_no_kubelet(installation: Installation) -> None:
    """By the launcher the same Pod gets its variable."""
    asked = {**PASSWORD, "omamori.dev/env-delivery": "exec"}
    installation.nodes.apply(installation.account(NAMESPACE, "launched"), pod(NAMESPACE, "launched", asked, BOTH))
    installation.wait_for_phase(NAMESPACE, "launched", "Succeeded")


def test_an_upgrade_lets_them_start(installation: Installation) -> None:
    """With the node's next kubelet the Pods that waited come up, each with its variable."""
    installation.nodes.kubelet.restart(NEW)
    for name in WAYS:
        installation.wait_for_phase(NAMESPACE, name, "Succeeded")


def test_a_node_that_forgets(installation: Installation) -> None:
    """Where a later kubelet does not read env files, a container goes on, and is not started again without it."""
    spec = {
        "restartPolicy": "Always",
        "containers": [container(command=["/bin/sh", "-c", f"{HAS_IT}; exec sleep 15"])],
    }
    installation.nodes.kubelet.restart(NEW)
    installation.nodes.apply(installation.account(NAMESPACE, "lasting"), pod(NAMESPACE, "lasting", PASSWORD, spec))
    wait_until(lambda: "running" in app_of(installation, "lasting").get("state", {}), 120, "the application runs")
    installation.nodes.kubelet.restart(OLD)
    installation.wait_for_refusal(NAMESPACE, "lasting")

    ended = app_of(installation, "lasting")["lastState"]["terminated"]
    assert ended["exitCode"] == 0, "it had its variable each time"
