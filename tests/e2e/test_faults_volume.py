"""Secrets that their volume cannot hold, in Pods with the least memory that their author may state."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.faults import OURS, SECONDS
from tests.support.cluster.installation import Installation
from tests.support.cluster.manifests import REPORT, container, pod
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

NAMESPACE = "volumes"
ACCOUNT = "volumes"
MEBIBYTE = 1024 * 1024

# DynamoDB refuses an item above 400 KB, so this is about the largest secret that there is
LARGEST_BYTES = 380_000
QUOTES = "'" * LARGEST_BYTES  # four times as long in the format env, which fits
CONTROLS = "\x7f" * LARGEST_BYTES  # six times as long in the format properties, which does not

SECRETS = {
    "quotes": {"password": QUOTES},
    "controls": {"password": CONTROLS},
    "many": {f"key{number}": "x" for number in range(9_000)},  # Vault refuses more than 10,000
}
LEAST = "cpu-limit=1 memory-limit=26Mi"  # 24 MiB and the volume of one file


@pytest.fixture(scope="module")
def place(installation: Installation) -> Installation:
    """The installation with the secrets, and one ServiceAccount for all Pods here."""
    installation.namespace(NAMESPACE)
    installation.nodes.apply(installation.account(NAMESPACE, ACCOUNT))
    for name, values in SECRETS.items():
        installation.vault.admin.write(f"secret/data/shop/{name}", data=values)
    return installation


def asking(name: str, file: str, path: str) -> dict[str, Any]:
    """A Pod that asks for one file."""
    annotations = {
        f"file.omamori.dev/{file}": path,
        "omamori.dev/role": f"{NAMESPACE}.{ACCOUNT}",
        "omamori.dev/resources": LEAST,
    }
    spec = {
        "serviceAccountName": ACCOUNT,
        "containers": [container(command=[*REPORT, f"/vault/secrets/{file}"])],
        "restartPolicy": "Never",
    }
    return pod(NAMESPACE, name, annotations, spec)


def bounds(found: dict[str, Any]) -> tuple[str, str]:
    """The size of the Pod's volume of ours, and our memory limit."""
    (volume,) = [
        each for each in found["spec"]["volumes"] if each["name"].startswith("omamori-") and "emptyDir" in each
    ]
    (ours,) = [each for each in found["spec"]["initContainers"] if each["name"] == OURS]
    return volume["emptyDir"]["sizeLimit"], ours["resources"]["limits"]["memory"]


def ended(place: Installation, name: str) -> dict[str, Any]:
    """Wait until our container of a Pod has ended; gives how."""

    def terminated() -> dict[str, Any] | None:
        (ours,) = place.nodes.get("pod", name, "-n", NAMESPACE)["status"].get("initContainerStatuses", [{"state": {}}])
        found: dict[str, Any] | None = ours["state"].get("terminated")
        return found

    return wait_until(terminated, SECONDS, f"the init container of {name} ends")


@pytest.mark.parametrize(
    ("name", "file", "path"),
    [
        ("many", "many", "secret/data/shop/many format=map"),
        ("controls", "all.properties", "secret/data/shop/controls"),
    ],
)
def test_full_volume(place: Installation, record: Callable[[str, str], None], name: str, file: str, path: str) -> None:
    """Thousands of files, or one that its format makes too long: exit 16 with the hint, not OOMKilled, nothing left."""
    place.nodes.apply(asking(name, file, path))
    how = ended(place, name)
    described = place.nodes.kubectl("describe", "pod", name, "-n", NAMESPACE)
    record(f"describe-volume-{name}.txt", described)
    assert (how["exitCode"], how["reason"]) == (16, "Error"), described
    said = json.loads(how["message"])
    assert said["reason"] == "cannot-write"
    assert "No space left on device" in said["message"]
    assert "a secret larger than half a megabyte, or a map of hundreds of keys" in said["hint"]
    found = place.nodes.get("pod", name, "-n", NAMESPACE)
    assert bounds(found) == ("2Mi", "26Mi")
    assert place.files_on_node(found) == []
    assert found["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "PodInitializing"


def test_largest_secret_fits(place: Installation) -> None:
    """The largest secret that DynamoDB takes, in a format that makes it four times as long, is delivered."""
    place.nodes.apply(asking("largest", "all.env", "secret/data/shop/quotes"))
    how = ended(place, "largest")
    assert (how["exitCode"], how["reason"]) == (0, "Completed"), how
    found = place.wait_for_phase(NAMESPACE, "largest", "Succeeded")
    assert bounds(found) == ("2Mi", "26Mi")
    _, file = place.report(NAMESPACE, "largest", "app", 1)
    rendered = "password='" + QUOTES.replace("'", "'\\''") + "'\n"
    assert file["sha256"] == hashlib.sha256(rendered.encode()).hexdigest()
