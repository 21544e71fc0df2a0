"""Argo Rollouts' controller: the example of docs/with/argo-rollouts.md through a release, an abort and a restart.

The tests are steps of one story, in their order. The named test T-ARO-1 is among them.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.ecosystem.live.kinds import install_kinds
from tests.ecosystem.live.shop import PLACES, Shop, example
from tests.realparts.parts import part

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.install.installed import Installed

pytestmark = [pytest.mark.ecosystem, pytest.mark.timeout(600)]

NAMESPACE = "shop"
REPLICAS = 5
DB, KEY = "secret/data/shop/db", "password"
ANNOTATION = "env.omamori.dev/DB_PASSWORD"
TOLD = {"app": ("--stay", "env:DB_PASSWORD"), "smoke": ("/vault/secrets/api.token",)}


@pytest.fixture(scope="module")
def shop(inside: Installed) -> Iterator[Shop]:
    """The controller runs, and Vault has versions 3 and 4 of the secret."""
    box, kubeconfig = inside.box, inside.nodes.kubeconfig
    install_kinds(inside.nodes, "argo-rollouts")
    shop = Shop(inside, NAMESPACE)
    shop.open("checkout", "smoke")
    program = part("argo-rollouts") / "bin/rollouts-controller"
    command: list[str | Path] = [program, "--kubeconfig", kubeconfig, "--leader-elect=false"]
    with box.running("argo-rollouts", command):
        yield shop
        inside.nodes.kubectl("delete", "rollouts", "--all", "-n", NAMESPACE)


@pytest.fixture(scope="module")
def values(shop: Shop) -> dict[str, str]:
    """The SHA-256 of the secrets that are written for the story: versions of the password, and the analysis' token."""
    found: dict[str, str] = {}
    shop.inside.vault.admin.delete("secret/metadata/shop/db")  # versions of others
    while "4" not in found:
        version, digest = shop.write(DB, KEY)
        found[str(version)] = digest
    _, found["smoke"] = shop.write("secret/data/shop/smoke", "token")
    return found


def rollout(shop: Shop) -> dict[str, Any]:
    """Give the Rollout."""
    found: dict[str, Any] = shop.inside.nodes.get("rollout", "checkout", "-n", NAMESPACE)
    return found


def replica_sets(shop: Shop) -> set[str]:
    """Give the names of its ReplicaSets, those without Pods too."""
    found = shop.inside.nodes.get("replicasets", "-n", NAMESPACE, "-l", "app=checkout")["items"]
    return {each["metadata"]["name"] for each in found}


def patch(shop: Shop, body: dict[str, Any], *options: str) -> None:
    """Change the Rollout, or by an option its status, as `kubectl argo rollouts` does."""
    shop.inside.nodes.kubectl(
        "patch", "rollout", "checkout", "-n", NAMESPACE, "--type=merge", "-p", json.dumps(body), *options
    )


def pin(shop: Shop, version: int) -> None:
    """Ask for a version of the secret."""
    annotations = {ANNOTATION: f"{DB}#{KEY}@{version}"}
    patch(shop, {"spec": {"template": {"metadata": {"annotations": annotations}}}})


def settled(shop: Shop, *phases: str) -> bool:
    """Whether the controller has seen the last change, and is in one of these phases."""
    found = rollout(shop)
    status = found.get("status", {})
    seen = str(found["metadata"]["generation"]) == status.get("observedGeneration")
    return bool(seen and status.get("phase") in phases)


def passwords(shop: Shop) -> dict[str, list[str]]:
    """Give what each running Pod of the application has as password, by the ReplicaSet that the Pods are of."""
    found: dict[str, list[str]] = {}
    for pod in shop.pods("app=checkout"):
        (owner,) = pod["metadata"]["ownerReferences"]
        found.setdefault(owner["name"], []).extend(shop.told(pod, "app"))
    return found


def test_the_first_release(shop: Shop, values: dict[str, str]) -> None:
    """Every Pod has the pinned version."""
    made, *others = example("argo-rollouts.yaml", TOLD)
    made["spec"]["replicas"] = REPLICAS
    shop.inside.nodes.apply(*others, made)

    shop.wait(lambda: settled(shop, "Healthy"), "the Rollout is healthy")

    shop.wait(lambda: list(passwords(shop).values()) == [[values["3"]] * REPLICAS], "all Pods have version 3")


def test_only_vault_changes(shop: Shop, values: dict[str, str]) -> None:
    """Vault has had version 4 all the time: no new ReplicaSet, and a new Pod has the pinned version as the others."""
    before = replica_sets(shop)
    first, *_ = shop.pods("app=checkout")

    shop.inside.nodes.kubectl("delete", "pod", first["metadata"]["name"], "-n", NAMESPACE)

    shop.wait(lambda: list(passwords(shop).values()) == [[values["3"]] * REPLICAS], "the new Pod has version 3")
    assert replica_sets(shop) == before
    assert len(before) == 1


def test_a_new_version_is_a_canary(shop: Shop, values: dict[str, str]) -> None:
    """The canary has version 4 while the stable Pods keep 3, and the analysis' Job has its own secret."""
    (stable,) = replica_sets(shop)

    pin(shop, 4)

    shop.wait(lambda: settled(shop, "Paused"), "the canary waits")
    (canary,) = replica_sets(shop) - {stable}
    shop.wait(
        lambda: passwords(shop) == {stable: [values["3"]] * (REPLICAS - 1), canary: [values["4"]]},
        "the canary has version 4, the others 3",
    )
    (analysis,) = [each for each in shop.pods() if each["metadata"].get("labels", {}).get("app") != "checkout"]
    assert analysis["status"]["phase"] == "Succeeded"
    assert shop.told(analysis, "smoke") == [values["smoke"]]


def test_an_abort_brings_the_old_value_back(shop: Shop, values: dict[str, str]) -> None:
    """Nobody has the new version any more."""
    stable = rollout(shop)["status"]["stableRS"]

    patch(shop, {"status": {"abort": True}}, "--subresource=status")

    wanted = {f"checkout-{stable}": [values["3"]] * REPLICAS}
    shop.wait(lambda: passwords(shop) == wanted, "all Pods have version 3")
    assert rollout(shop)["status"]["phase"] == "Degraded"


def test_a_promotion_and_an_undo(shop: Shop, values: dict[str, str]) -> None:
    """Version 4 for all; then the old annotation is the old ReplicaSet, and the old value."""
    sets = replica_sets(shop)
    (old,) = passwords(shop)
    for version in (3, 4):  # back, which makes the Rollout healthy, and once more forward
        pin(shop, version)
        shop.wait(lambda: settled(shop, "Healthy", "Paused", "Progressing"), "the change is seen")

    patch(shop, {"status": {"promoteFull": True}}, "--subresource=status")
    (new,) = sets - {old}
    shop.wait(lambda: passwords(shop) == {new: [values["4"]] * REPLICAS}, "all Pods have version 4")
    shop.wait(lambda: settled(shop, "Healthy"), "the Rollout is healthy")

    pin(shop, 3)
    patch(shop, {"status": {"promoteFull": True}}, "--subresource=status")
    shop.wait(lambda: passwords(shop) == {old: [values["3"]] * REPLICAS}, "all Pods have version 3 again")
    shop.wait(lambda: settled(shop, "Healthy"), "the Rollout is healthy")
    assert replica_sets(shop) == sets


def test_a_restart_is_no_release(shop: Shop, values: dict[str, str]) -> None:
    """`spec.restartAt`: each Pod is a new one, of the same ReplicaSet."""
    before = {each["metadata"]["uid"] for each in shop.pods("app=checkout")}
    sets = replica_sets(shop)

    patch(shop, {"spec": {"restartAt": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}})

    shop.wait(lambda: before.isdisjoint({each["metadata"]["uid"] for each in shop.pods("app=checkout")}), "all are new")
    shop.wait(lambda: list(passwords(shop).values()) == [[values["3"]] * REPLICAS], "all Pods have version 3")
    assert replica_sets(shop) == sets


@pytest.mark.parametrize("place", PLACES)
def test_no_canary(shop: Shop, place: str) -> None:
    """No secret is left there, where the names of this story are."""
    shop.search(place, "argo-rollouts")
