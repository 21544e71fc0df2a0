"""Flagger, by its provider `kubernetes`: the example of docs/with/flagger.md, a promotion, and one that fails.

The tests are steps of one story, in their order. The named test T-FLG-1 is among them; the Pods are real ones.
"""

from __future__ import annotations

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

pytestmark = [pytest.mark.ecosystem, pytest.mark.timeout(900)]

NAMESPACE = "canaries"
DB, KEY = "secret/data/shop/flagged", "password"
ANNOTATION = "file.omamori.dev/db.env"


@pytest.fixture(scope="module")
def shop(inside: Installed) -> Iterator[Shop]:
    """Flagger runs, and Vault has two versions of the secret."""
    install_kinds(inside.nodes, "flagger")
    shop = Shop(inside, NAMESPACE)
    shop.open("checkout")
    for _ in range(2):
        shop.write(DB, KEY)
    command: list[str | Path] = [
        part("flagger") / "bin/flagger",
        f"-kubeconfig={inside.nodes.kubeconfig}",
        "-mesh-provider=kubernetes",
        "-metrics-server=http://127.0.0.1:9",  # the Canary asks for no metric
        "-control-loop-interval=2s",
        "-port=18081",
    ]
    with inside.box.running("flagger", command):
        yield shop
        inside.nodes.kubectl("delete", "canary", "checkout", "-n", NAMESPACE)
        inside.nodes.kubectl("delete", "namespace", NAMESPACE)


def phase(shop: Shop) -> str:
    """Give the phase of the Canary."""
    found = shop.inside.nodes.get("canary", "checkout", "-n", NAMESPACE)
    return str(found.get("status", {}).get("phase"))


def files(shop: Shop, app: str) -> list[list[str]]:
    """Give the SHA-256 of the file that each Pod of an application has."""
    return [shop.told(each, "app") for each in shop.pods(f"app={app}")]


def pin(shop: Shop, version: int) -> None:
    """Ask for a version of the secret."""
    body = {"spec": {"template": {"metadata": {"annotations": {ANNOTATION: f"{DB}@{version}"}}}}}
    shop.inside.nodes.kubectl("patch", "deployment", "checkout", "-n", NAMESPACE, "-p", json.dumps(body))


@pytest.fixture(scope="module")
def first(shop: Shop) -> str:
    """The SHA-256 of the primary's file, once Flagger has made the primary."""
    deployment, canary = example("flagger.yaml", {"app": ("--stay", "/vault/secrets/db.env")})
    for each in (deployment, canary):
        each["metadata"]["namespace"] = NAMESPACE
    deployment["spec"]["template"]["metadata"]["annotations"][ANNOTATION] = f"{DB}@1"
    # without a mesh there are no weights, and nobody sends requests here
    canary["spec"]["analysis"] = {"interval": "2s", "threshold": 2, "iterations": 2}
    canary["spec"]["progressDeadlineSeconds"] = 30
    shop.inside.nodes.apply(deployment, canary)
    shop.wait(lambda: phase(shop) == "Initialized", "the Canary is initialized")
    (told,) = shop.wait(lambda: [each for each in files(shop, "checkout-primary") if each], "the primary reports")
    (value,) = told
    return str(value)


def test_the_primary_is_injected_as_the_app(shop: Shop, first: str) -> None:
    """The Pods of both ask for the same, by the same annotations, and Flagger's Services have the app's port alone."""
    nodes = shop.inside.nodes
    app, primary = (nodes.get("deployment", name, "-n", NAMESPACE) for name in ("checkout", "checkout-primary"))
    asked = [each["spec"]["template"]["metadata"]["annotations"][ANNOTATION] for each in (app, primary)]
    services = nodes.get("services", "-n", NAMESPACE)["items"]

    assert asked == [f"{DB}@1"] * 2
    assert first != "None"
    assert {each["metadata"]["name"] for each in services} == {"checkout", "checkout-canary", "checkout-primary"}
    assert {port["port"] for each in services for port in each["spec"]["ports"]} == {8080}


def test_a_promotion(shop: Shop, first: str) -> None:
    """The pinned version changes: an analysis, after which the primary has the new value."""
    pin(shop, 2)

    shop.wait(lambda: phase(shop) in {"Progressing", "Promoting", "Finalising", "Succeeded"}, "an analysis begins")
    shop.wait(lambda: phase(shop) == "Succeeded", "it is promoted")
    shop.wait(
        lambda: len(files(shop, "checkout-primary")) == 1 and [] not in files(shop, "checkout-primary"), "it reports"
    )
    ((value,),) = files(shop, "checkout-primary")
    assert value not in {first, "None"}


def test_a_version_that_is_missing(shop: Shop) -> None:
    """The canary's Pods do not start, which Flagger takes back; the primary is not touched."""
    before = files(shop, "checkout-primary")

    pin(shop, 9)

    shop.wait(lambda: phase(shop) == "Failed", "the analysis has failed")
    assert files(shop, "checkout-primary") == before
    asked: dict[str, Any] = shop.inside.nodes.get("deployment", "checkout-primary", "-n", NAMESPACE)
    assert asked["spec"]["template"]["metadata"]["annotations"][ANNOTATION] == f"{DB}@2"


@pytest.mark.parametrize("place", PLACES)
def test_no_canary(shop: Shop, place: str) -> None:
    """No secret is left there, where the names of this story are."""
    shop.search(place, "flagger")
