"""`omamori policy suggest` on a cluster: with what it suggests every Pod starts, and without any one rule one does not.

The manifests are those of tests/cases/manifests and of deploy/examples. What no controller makes here is made as the
controller would make it, by webhook.workloads, as a bare Pod.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from tests.e2e.runnable import LABEL, as_applied, as_made
from tests.support.canary import Canary
from tests.support.cluster.installation import SECONDS, account
from tests.support.waiting import wait_until
from vault.policy.files.model import Access
from vault.policy.files.parse import parse_access
from webhook.workloads.kinds.core import KINDS
from webhook.workloads.manifest import Manifest, parse_manifests
from webhook.workloads.registry import ManifestPod, find_pods

if TYPE_CHECKING:
    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

NAMESPACE = "cases"
PROJECT = Path(__file__).parents[2]
FOLDERS = (PROJECT / "tests/cases/manifests", PROJECT / "deploy/examples")
PROGRAM = Path(sys.executable).with_name("omamori")
OURS = ("omamori-init", "omamori-sidecar")
PATH_REFUSED = 13


@dataclass(frozen=True)
class Suggested:
    """What was suggested for all of the manifests, and what they are."""

    installation: Installation
    text: str
    manifests: tuple[Manifest, ...]

    @property
    def access(self) -> Access:
        """The file."""
        return parse_access([("suggested", self.text)])

    def pods(self) -> Iterator[ManifestPod]:
        """All Pods that ask for something."""
        accounts = {(each.workload.namespace, each.workload.service_account) for each in self.access.grants}
        for manifest in self.manifests:
            for pod in find_pods(manifest, NAMESPACE):
                if (pod.namespace, pod.pod["spec"].get("serviceAccountName")) in accounts:
                    yield pod

    def apply(self, text: str) -> None:
        """Bring Vault to what a file says, and take back what it does not say."""
        file = self.installation.box.folder / "suggested.yaml"
        file.write_text(text)
        omamori(
            self.installation, "apply", "-f", file, "--prune", "--prune-at-most", "1000", *vault_of(self.installation)
        )


def omamori(installation: Installation, *words: str | Path) -> str:
    """Call `omamori policy`, as an operator would, and give what it prints."""
    here = {"PYTHONPATH": str(PROJECT)}
    found = installation.box.run([PROGRAM, "policy", *words], env=here, check=False, seconds=120)
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


def vault_of(installation: Installation) -> tuple[str | Path, ...]:
    """The flags that lead to the Vault, with its root token."""
    server = installation.vault
    token = installation.box.folder / "root-token"
    token.write_text(server.admin.token or "")
    return ("--vault-address", server.address, "--vault-ca-file", server.ca_pem, "--vault-token-file", token)


def write_secrets(installation: Installation, paths: Iterable[str]) -> None:
    """Let each path have something to read, and what the example reads beside what is there."""
    admin = installation.vault.admin
    for path in paths:
        value = {"password": Canary.random().value}
        if path.startswith("secret/data/cases/"):
            admin.write(path, {"data": value})
        elif path.startswith("plain/cases/"):
            admin.write(path, value)
    admin.write("transit/keys/cases")
    there = admin.read("secret/data/shop/db")["data"]["data"]
    admin.write("secret/data/shop/db", {"data": {**there, "pgpass": Canary.random().value}})


@pytest.fixture(scope="module")
def suggested(installation: Installation) -> Suggested:
    """The file is applied, the secrets and ServiceAccounts are there."""
    installation.namespace(NAMESPACE)
    installation.namespace("shop")
    flags = ("--namespace", NAMESPACE, "--owner", "suggested")
    text = omamori(installation, "suggest", *FOLDERS, *flags, *vault_of(installation))
    files = [file for folder in FOLDERS for file in sorted(folder.rglob("*.yaml"))]
    manifests = [manifest for file in files for manifest in parse_manifests(str(file), file.read_text())]
    made = Suggested(installation, text, tuple(manifests))
    made.apply(text)
    write_secrets(installation, {each.path for grant in made.access.grants for each in grant.paths})
    installation.nodes.apply(
        *(account(str(each.workload.namespace), each.workload.service_account) for each in made.access.grants)
    )
    return made


@pytest.fixture(scope="module")
def started(suggested: Suggested) -> Suggested:
    """All of the Pods are applied, by the kinds that make them where this cluster has them."""
    nodes = suggested.installation.nodes
    here = {each.name for each in KINDS}
    asking = list(suggested.pods())
    applied = {id(each.manifest.value): as_applied(each.manifest) for each in asking if each.manifest.kind in here}
    bare = [each for each in asking if each.manifest.kind not in here]
    nodes.apply(*applied.values(), *(as_made(each, f"made-{number}", "all") for number, each in enumerate(bare)))
    nodes.kubectl("create", "job", "by-hand", "--from=cronjob/cron-job", "-n", NAMESPACE)
    return suggested


def pods_by_account(installation: Installation, *selector: str) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Give the Pods of the two namespaces, by their ServiceAccount."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for namespace in (NAMESPACE, "shop"):
        for each in installation.nodes.get("pods", "-n", namespace, *selector)["items"]:
            found.setdefault((namespace, each["spec"]["serviceAccountName"]), []).append(each)
    return found


def test_they_start(started: Suggested) -> None:
    """With what was suggested every Pod of every kind starts."""
    accounts = [(str(each.workload.namespace), each.workload.service_account) for each in started.access.grants]

    def waiting() -> list[str]:
        found = pods_by_account(started.installation)
        missing = [f"{namespace}/{name}" for namespace, name in accounts if (namespace, name) not in found]
        pods = [pod for key in accounts for pod in found.get(key, ())]
        missing += [p["metadata"]["name"] for p in pods if p["status"].get("phase") not in {"Running", "Succeeded"}]
        return missing

    wait_until(lambda: not waiting(), SECONDS, "each ServiceAccount has Pods, and all of them have started")
    assert len(accounts) >= 30


def test_what_runs_is_what_was_written(started: Suggested) -> None:
    """Of what runs in the namespace the same is suggested as of the manifests."""
    installation = started.installation
    cluster = ("--live", NAMESPACE, "--kubeconfig", installation.nodes.kubeconfig, "--owner", "suggested")

    live = omamori(installation, "suggest", *cluster, *vault_of(installation))

    def grants(access: Access) -> list[Any]:
        said = (each for each in access.grants if each.workload.namespace == NAMESPACE)
        return [(g.role, str(g.workload), [(path.path, path.operations) for path in g.paths]) for g in said]

    assert grants(parse_access([("live", live)])) == grants(started.access)


def refused_paths(pods: list[dict[str, Any]]) -> set[str]:
    """The paths for whose refusal our container has ended in one of the Pods."""
    found = set()
    for pod in pods:
        for status in pod["status"].get("initContainerStatuses", ()):
            for state in (status["state"], status["lastState"]):
                ended = state.get("terminated")
                if ended and status["name"] in OURS and ended["exitCode"] == PATH_REFUSED:
                    message = json.loads(ended["message"])
                    assert message["reason"] == "path-refused"
                    found.add(message["path"])
    return found


def without(text: str, number: int) -> tuple[str, dict[tuple[str, str], str]]:
    """Take from each grant its rule of that number. Gives the file, and what is gone by ServiceAccount."""
    yaml = YAML(typ="safe", pure=True)
    document = yaml.load(text)
    gone: dict[tuple[str, str], str] = {}
    for grant in document["grants"]:
        paths = sorted(grant["paths"])
        if number < len(paths):
            workload = grant["workload"]
            gone[workload["namespace"], workload["serviceAccount"]] = paths[number]
            del grant["paths"][paths[number]]
            grant["rawPolicy"] = "# so that the role stays where nothing else does\n"
    return json.dumps(document), gone


def test_no_rule_is_too_many(started: Suggested) -> None:
    """Without any one rule of its grant one Pod is refused that path, by the program's own words.

    A rule is of one role, so each round takes one from every role at once.
    """
    installation = started.installation
    rules = sum(len(each.paths) for each in started.access.grants)
    checked = 0
    for number in range(max(len(each.paths) for each in started.access.grants)):
        text, gone = without(started.text, number)
        started.apply(text)
        pods = [each for each in started.pods() if (each.namespace, each.pod["spec"]["serviceAccountName"]) in gone]
        label = f"without-{number}"
        installation.nodes.apply(*(as_made(each, f"{label}-{at}", label) for at, each in enumerate(pods)))

        def unproved(label: str = label, gone: dict[tuple[str, str], str] = gone) -> list[str]:
            found = pods_by_account(installation, "-l", f"{LABEL}={label}")
            return [path for key, path in gone.items() if refused_paths(found.get(key, [])) != {path}]

        wait_until(lambda: not unproved(), SECONDS, f"a Pod is refused each path that is gone in round {number}")
        checked += len(gone)
        for namespace in (NAMESPACE, "shop"):
            installation.nodes.kubectl("delete", "pods", "-n", namespace, "-l", f"{LABEL}={label}", "--wait=false")
    assert checked == rules
    started.apply(started.text)
    installation.nodes.kubectl("delete", "deployment", "checkout", "-n", "shop")
    installation.nodes.kubectl("delete", "namespace", NAMESPACE, "--wait=false")
