"""The secrets are in the Pods' memory, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.workloads import settled
from tests.support.canary import Canary, occurrences
from tests.support.cluster.installation import account
from tests.support.cluster.manifests import container, pod
from tests.support.cluster.searching import MUST_SHOW, places

if TYPE_CHECKING:
    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def planted(workloads: Installation) -> Canary:
    """A canary that a Pod puts everywhere: its name goes to the webhook, its init container logs it, runc misses it."""
    canary = Canary.plain()
    spec = {
        "serviceAccountName": "default",
        "initContainers": [container("says", command=["echo", canary.value])],
        "containers": [container(command=[f"/{canary.value}"])],
    }
    workloads.namespace("planted")
    workloads.nodes.apply(account("planted", canary.value))
    workloads.nodes.apply(pod("planted", canary.value, {"omamori.dev/inject": "false"}, spec))
    workloads.wait_for_phase("planted", canary.value, "Failed")
    return canary


@pytest.fixture(scope="module")
def searched(workloads: Installation, planted: Canary) -> dict[str, bytes]:
    """Everything there is to search, once all Pods have done their work."""
    assert planted.value
    settled(workloads)
    return places(workloads.box, workloads.nodes)


@pytest.mark.parametrize("place", MUST_SHOW)
def test_planted_canary_is_found(searched: dict[str, bytes], planted: Canary, place: str) -> None:
    """The search finds what was put there on purpose."""
    assert "raw" in occurrences(planted, searched[place])


@pytest.mark.parametrize("place", MUST_SHOW)
def test_no_canary(workloads: Installation, searched: dict[str, bytes], place: str) -> None:
    """No secret is there, in no form."""
    for name, canary in workloads.canaries.items():
        assert not occurrences(canary, searched[place]), name


def test_no_canary_in_any_log(workloads: Installation, searched: dict[str, bytes]) -> None:
    """No secret is in the log of any server of the run, Vault's audit log included."""
    others = searched.keys() - set(MUST_SHOW)
    assert {"vault.log", "vault-audit.log", "kube-apiserver.log", "kube-controller-manager.log"} <= others
    for place in others:
        for name, canary in workloads.canaries.items():
            assert not occurrences(canary, searched[place]), (place, name)


def test_secrets_were_there_to_leak(workloads: Installation, searched: dict[str, bytes]) -> None:
    """All secrets passed by: the audit log of Vault has a read of each, and etcd has Pods that asked for it."""
    for path in (b"secret/data/shop/mail", b"secret/data/shop/db", b"plain/shop/legacy", b"secret/data/shop/odd"):
        assert path in searched["vault-audit.log"]
        assert path in searched["etcd"]
    assert set(workloads.canaries) == {"mail", "db", "legacy", "odd"}
