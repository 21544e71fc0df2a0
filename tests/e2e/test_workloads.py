"""Pods of every kind get their secrets: the right bytes, owner and mode, in the containers that asked."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from tests.e2e.workloads import BY_NAME, STRICT, WORKLOADS, File, Variable, wait_for
from tests.realparts.sandbox import CommandFailed
from tests.support.cluster.installation import SECONDS, account
from tests.support.cluster.manifests import container, controlled, pod
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]


@pytest.mark.parametrize("name", [each.name for each in WORKLOADS])
def test_secrets(workloads: Installation, name: str) -> None:
    """The application's own output shows the bytes of its variables and files, and the files' owner and mode."""
    workload = BY_NAME[name]
    pods = wait_for(workloads, workload)
    assert len(pods) == workload.replicas
    for each in pods:
        for container_name, expected in workload.expected.items():
            _, *found = workloads.report(workload.namespace, each["metadata"]["name"], container_name, len(expected))
            assert found == [told(workloads, wanted) for wanted in expected]


def told(workloads: Installation, wanted: File | Variable) -> dict[str, str]:
    """Give what the application says where it finds what it should."""
    value = workloads.canaries[wanted.secret].value
    if isinstance(wanted, Variable):
        return {"variable": wanted.name, "sha256": hashlib.sha256(wanted.shape.format(value).encode()).hexdigest()}
    digest = hashlib.sha256(value.encode()).hexdigest()
    return {"path": wanted.path, "owner": wanted.owner, "mode": wanted.mode, "sha256": digest}


def test_other_containers_files(workloads: Installation) -> None:
    """A file that one container asked for is in no volume of another."""
    (found,) = wait_for(workloads, BY_NAME["two-users"])
    mounts = {
        each["name"]: {mount["name"] for mount in each["volumeMounts"] if mount["name"].startswith("omamori-")}
        for each in found["spec"]["containers"]
    }
    assert mounts["first"]
    assert mounts["second"]
    assert not mounts["first"] & mounts["second"]


def test_shell(workloads: Installation) -> None:
    """A real shell reads the variables of a file in the format `env`."""
    script = '. /vault/secrets/db.env; printf %s "$password" | sha256sum; printf "%s\\n" "$username"'
    asking = {"file.omamori.dev/db.env": "secret/data/shop/db"}
    shell = pod("shop", "shell", asking, {"containers": [container(command=["sh", "-c", script])]})
    workloads.nodes.apply(workloads.account("shop", "shell"), shell)
    workloads.wait_for_phase("shop", "shell", "Succeeded")
    digest = hashlib.sha256(workloads.canaries["db"].value.encode()).hexdigest()
    assert workloads.nodes.kubectl("logs", "shell", "-n", "shop", "-c", "app").split() == [digest, "-", "shop"]


def test_refused_by_a_controller(workloads: Installation) -> None:
    """Where a Deployment's Pods are refused, the events of its ReplicaSet name the annotation and what to do."""
    wrong = pod("shop", "refused", {"file.omamori.dev/x": "secret/data/shop/db#password mode=999"}, {})
    workloads.nodes.apply(controlled("Deployment", wrong, 1), account("shop", "refused"))
    told = "omamori: file.omamori.dev/x: option mode= is '999'; write three octal digits"

    def is_told() -> bool:
        events = workloads.nodes.get("events", "-n", "shop", "--field-selector=reason=FailedCreate")["items"]
        return any(told in each["message"] and each["involvedObject"]["kind"] == "ReplicaSet" for each in events)

    wait_until(is_told, SECONDS, "an event says why the Pods are not made")
    workloads.nodes.kubectl("delete", "deployment", "refused", "-n", "shop")


def test_restricted_namespace(workloads: Installation) -> None:
    """The namespace in which the restricted workload runs does refuse what Pod Security restricts."""
    with pytest.raises(CommandFailed, match="violates PodSecurity"):
        workloads.nodes.apply(pod(STRICT, "loose", {}, {"serviceAccountName": "default"}))


def test_no_api_token(workloads: Installation) -> None:
    """Where the API token is not mounted, no container gets one, and ours has the token for Vault alone."""
    (found,) = wait_for(workloads, BY_NAME["no-api-token"])
    sources = [source for each in found["spec"]["volumes"] for source in each.get("projected", {}).get("sources", [])]
    audiences = [source["serviceAccountToken"]["audience"] for source in sources if "serviceAccountToken" in source]
    assert audiences == ["vault"]
