"""The start of native sidecars on a real node: what holds the application back, for how long, and what people see."""

from __future__ import annotations

import json
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.starting import (
    ALWAYS,
    FAST,
    NAMESPACE,
    PATH,
    STAYING,
    WAIT_SECONDS,
    WAYS,
    apply,
    apply_pod,
    deleted_within,
    has_its_file,
    is_placed,
    last_end,
    ours,
    running,
)
from tests.support.cluster.images import APP
from tests.support.cluster.manifests import REPORT, container, controlled, pod
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]


def test_vault_comes_back_within_the_wait(starting: Installation) -> None:
    """The hook waits, and the application starts at once when the files are there, without a restart."""
    names = {f"soon-{way}": asked for way, asked in WAYS.items()}
    with starting.without_vault(NAMESPACE, *names):
        for name, asked in names.items():
            apply_pod(starting, name, asked, ALWAYS)
        time.sleep(5)  # an outage of some seconds, while nothing is to be seen in the Pods' status
    back = time.monotonic()
    for name in names:
        assert has_its_file(starting, running(starting, name))
        assert ours(starting, name)["restartCount"] == 0
    print(f"\n    running {time.monotonic() - back:.1f} s after Vault was back")


def test_vault_stays_away(starting: Installation) -> None:
    """The container ends with the reason before the hook gives up, and `kubectl describe pod` shows it."""
    names = {f"long-{way}": asked for way, asked in WAYS.items()}
    with starting.without_vault(NAMESPACE, *names):
        for name, asked in names.items():
            apply_pod(starting, name, asked, ALWAYS)
        for name in names:
            found = wait_until(partial(last_end, starting, name), 90, "the container has ended")
            assert found["exitCode"] == 10
            said = json.loads(found["message"].splitlines()[-1])
            assert said["reason"] == "vault-unreachable"
            assert said["hint"]
            assert said["reason"] in starting.nodes.kubectl("describe", "pod", name, "-n", NAMESPACE)
            [app] = starting.nodes.get("pod", name, "-n", NAMESPACE)["status"]["containerStatuses"]
            assert "waiting" in app["state"]
    back = time.monotonic()
    for name in names:
        assert has_its_file(starting, running(starting, name))
    print(f"\n    running {time.monotonic() - back:.1f} s after Vault was back")


@pytest.mark.parametrize("way", WAYS)
def test_a_deletion_while_vault_is_away(starting: Installation, way: str) -> None:
    """It waits for the hook, and no longer."""
    name = f"deleted-{way}"
    with starting.without_vault(NAMESPACE, name):
        apply_pod(starting, name, WAYS[way], ALWAYS)
        wait_until(partial(is_placed, starting, name), 60, "it is on its node")
        time.sleep(3)  # the hook has begun: the status does not say so
        took = deleted_within(starting, name)
    print(f"\n    {way}: deleted within {took:.1f} s")
    assert took < 3 * (WAIT_SECONDS + 3)


@pytest.mark.parametrize("policy", ["Never", "OnFailure"])
@pytest.mark.parametrize("way", WAYS)
def test_a_pod_that_ends(starting: Installation, way: str, policy: str) -> None:
    """It has its file, and ends although our container stays."""
    spec = {"restartPolicy": policy, "containers": [container(command=(*REPORT, PATH))]}
    name = apply(starting, f"ends-{way}-{policy.lower()}", WAYS[way], spec)
    starting.wait_for_phase(NAMESPACE, name, "Succeeded")
    assert has_its_file(starting, name)


def test_a_job_ends(starting: Installation) -> None:
    """A Job of mode init that starts fast is complete."""
    job = pod(NAMESPACE, "job", FAST, {"containers": [container(command=(*REPORT, PATH))]})
    starting.nodes.apply(starting.account(NAMESPACE, "job"), controlled("Job", job, 1))
    starting.nodes.kubectl(
        "wait", "--for=condition=complete", "job/job", "-n", NAMESPACE, "--timeout=120s", seconds=150
    )


def init(name: str, command: Sequence[str], **fields: Any) -> dict[str, Any]:
    """An init container of the author's."""
    return {"name": name, "image": APP, "imagePullPolicy": "Never", "command": list(command), **fields}


@pytest.mark.parametrize("way", WAYS)
def test_the_authors_own_containers_see_the_files(starting: Installation, way: str) -> None:
    """An init container, a native sidecar and the application behind ours, behind a mesh's proxy."""
    proxy = init("istio-proxy", ["/bin/sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"])
    proxy["restartPolicy"] = "Always"
    spec = {
        "restartPolicy": "Always",
        "initContainers": [
            proxy,
            init("migrate", (*REPORT, PATH)),
            init("beside", STAYING, restartPolicy="Always"),
        ],
        "containers": [container(command=STAYING)],
    }
    asked = {
        **WAYS[way],
        "omamori.dev/position": "after:istio-proxy",
        "omamori.dev/containers": "app,migrate,beside",
    }
    name = running(starting, apply(starting, f"others-{way}", asked, spec))
    order = [each["name"] for each in starting.nodes.get("pod", name, "-n", NAMESPACE)["spec"]["initContainers"]]
    assert order[0] == "istio-proxy"
    assert order[1].startswith("omamori-")
    for each in ("migrate", "beside", "app"):
        assert has_its_file(starting, name, each)
