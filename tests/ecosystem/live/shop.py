"""The application of the suites: the example of a tool's page, as it stands there, with images that the node has."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.canary import Canary, occurrences
from tests.support.cluster.images import APP
from tests.support.cluster.manifests import REPORT
from tests.support.cluster.searching import places
from tests.support.waiting import wait_until
from webhook.workloads.manifest import parse_manifests

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.install.installed import Installed

EXAMPLES = Path(__file__).parents[3] / "docs/with/examples"
REGISTRY = "registry.example.com/"
# where a secret could be left; `log` is that of the tool
PLACES = ("etcd", "events", "Pods", "log", "audit.log", "vault-audit.log")
SECONDS = 180.0  # for anything that a controller and a busy node do


def example(name: str, told: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """Give the manifests of an example; its containers report the files and variables that `told` has by their names.

    A container of a Workflow has the name of its template. Nothing else of the example is changed. Raises KeyError for
    a container that `told` leaves out.
    """
    text = (EXAMPLES / name).read_text()
    return [with_application(dict(each.value), told) for each in parse_manifests(name, text)]


def with_application(value: Any, told: Mapping[str, Sequence[str]], name: str = "") -> Any:
    """Give a manifest in which each container of another registry's image is one that reports, as `example` does."""
    if isinstance(value, list):
        return [with_application(each, told, name) for each in value]
    if not isinstance(value, dict):
        return value
    name = value.get("name", name)
    changed = {key: with_application(each, told, name) for key, each in value.items()}
    if str(value.get("image", "")).startswith(REGISTRY):
        changed |= {"image": APP, "imagePullPolicy": "Never", "command": [*REPORT, *told[name]]}
    return changed


@dataclass(slots=True)
class Shop:
    """A namespace, its secrets in Vault, and what its Pods tell of them."""

    inside: Installed
    namespace: str
    canaries: list[Canary] = field(default_factory=list, repr=False)

    def open(self, *accounts: str) -> None:
        """Make the namespace and ServiceAccounts, each with its role in Vault."""
        metadata = {"name": self.namespace}
        self.inside.nodes.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        if accounts:
            self.inside.nodes.apply(*(self.inside.account(self.namespace, each) for each in accounts))

    def write(self, path: str, key: str) -> tuple[int, str]:
        """Write a new secret of KV version 2; gives its version, and the SHA-256 of its value in hexadecimal."""
        canary = Canary.random()
        self.canaries.append(canary)
        answer = self.inside.vault.admin.write(path, {"data": {key: canary.value}})
        return answer["data"]["version"], hashlib.sha256(canary.value.encode()).hexdigest()

    def pods(self, selector: str = "") -> list[dict[str, Any]]:
        """The Pods with some labels that are not told to end."""
        found = self.inside.nodes.get("pods", "-n", self.namespace, "-l", selector)["items"]
        return [each for each in found if "deletionTimestamp" not in each["metadata"]]

    def told(self, pod: Mapping[str, Any], container: str) -> list[str]:
        """Give the SHA-256 of each file and variable that a container has reported; empty before it runs."""
        name = pod["metadata"]["name"]
        log = self.inside.nodes.kubectl("logs", name, "-n", self.namespace, "-c", container, check=False)
        lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
        return [str(line.get("sha256")) for line in lines[1:]]

    def wait(self, condition: Callable[[], Any], what: str) -> Any:
        """Wait for something; where it does not come, the error describes what is there."""
        try:
            return wait_until(condition, SECONDS, what)
        except AssertionError as late:
            kubectl, there = self.inside.nodes.kubectl, ("-n", self.namespace)
            described = kubectl("describe", "replicasets,pods", *there, check=False)
            events = kubectl("get", "events", "--sort-by=.lastTimestamp", *there, check=False)
            raise AssertionError(f"{late}\n{described[-6000:]}\n{events[-4000:]}") from None

    def search(self, place: str, log: str) -> None:
        """Assert that no secret is in one of PLACES, or in the log of the tool, where what the suite made is found."""
        searched = places(self.inside.box, self.inside.nodes)[f"{log}.log" if place == "log" else place]
        planted = b"secret/data/shop" if place in {"etcd", "vault-audit.log"} else self.namespace.encode()
        assert planted in searched, place
        assert self.canaries
        assert [each for each in self.canaries if occurrences(each, searched)] == [], place
