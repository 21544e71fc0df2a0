"""The whole way: a table, three Vaults in Pods, an access file, a Pod with its secret; and back again."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.realparts.aws import aws
from tests.realparts.dynamodb import CREDENTIALS, dynamodb
from tests.support.canary import Canary, occurrences
from tests.support.cluster.images import AGENT
from tests.support.cluster.installation import ELSEWHERE, Installation, account
from tests.support.cluster.manifests import pod
from tests.support.cluster.vaultpods import VaultPods, vault_pods
from tests.support.cluster.webhooks import webhook_configuration, webhook_process
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

NAMESPACE = "from-nothing"
TABLE = "vault-from-nothing"
PROGRAM = Path(sys.executable).with_name("omamori")
PATH = "secret/data/shop/db"
LOGIN_REFUSED = 12


@dataclass
class Story:
    """What is called in the sandbox, as an operator would, and how long each step takes."""

    installation: Installation
    steps: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step."""
        started = time.monotonic()
        yield
        self.steps[name] = round(time.monotonic() - started, 1)

    def omamori(self, *words: str | Path, code: int = 0) -> str:
        """Call the command, and give what it says."""
        found = self.installation.box.run([PROGRAM, *words], env=CREDENTIALS, check=False, seconds=120)
        assert found.returncode == code, found.stdout + found.stderr
        return found.stdout

    def access_file(self, pods: VaultPods, accounts: list[str]) -> Path:
        """Write an access file with a grant for each account."""
        nodes = self.installation.nodes
        document = {
            "accessVersion": 1,
            "owner": "shop",
            "lock": "secret/data/omamori/lock",
            "mounts": {"secret": {"type": "kv"}},
            "auth": {"kubernetes": {"type": "kubernetes", "config": {"host": nodes.url, "reviewer": "vault"}}},
            "grants": [
                {"workload": {"namespace": NAMESPACE, "serviceAccount": each}, "paths": {PATH: "read"}}
                for each in accounts
            ],
        }
        file = self.installation.box.folder / "access.json"
        file.write_text(json.dumps(document))
        (self.installation.box.folder / "token").write_text(pods.root_token)
        return file

    def policy(self, pods: VaultPods, *words: str | Path, code: int = 0) -> str:
        """Call `omamori policy` for that Vault."""
        where: list[str | Path] = ["--vault-address", pods.address, "--vault-ca-file", pods.ca_pem]
        token = self.installation.box.folder / "token"
        return self.omamori("policy", *words, *where, "--vault-token-file", token, code=code)


def ended(installation: Installation, name: str) -> Any:
    """Give how a Pod's init container of ours ended the last time; None while it has not."""
    found = installation.nodes.get("pod", name, "-n", NAMESPACE)["status"].get("initContainerStatuses")
    return found and (found[0]["state"].get("terminated") or found[0]["lastState"].get("terminated"))


def test_from_nothing(
    installation: Installation, record: Callable[[str, str], None], show: Callable[[str], None]
) -> None:
    """Bootstrap, three nodes unsealed by KMS, apply, a Pod has its secret; prune, and the next Pod is told why not."""
    box, nodes = installation.box, installation.nodes
    story = Story(installation)
    installation.namespace(NAMESPACE, {ELSEWHERE: "from-nothing"})
    nodes.apply(*(account(NAMESPACE, name) for name in ("checkout", "late")))
    here = {"matchLabels": {ELSEWHERE: "from-nothing"}}
    with dynamodb(box, name="dynamodb-from-nothing", port=8101) as store, aws(box) as cloud:
        with story.step("storage bootstrap"):
            # DynamoDB Local knows no PITR and no tags, and drops encryption
            told = story.omamori(
                "storage", "bootstrap", "--endpoint-url", store.endpoint, "--table", TABLE, "--allow-missing"
            )
        assert "not available here" in told
        assert store.tables() == [TABLE]
        started = time.monotonic()
        with vault_pods(nodes, store, cloud, table=TABLE) as pods:
            story.steps["three Vault Pods, unsealed by KMS"] = round(time.monotonic() - started, 1)
            variables = {
                "VAULTS": "main",
                "VAULT_MAIN_ADDRESS": pods.address,
                "VAULT_MAIN_CA_FILE": str(pods.ca_pem),
                "AGENT_IMAGE": AGENT,
                "AGENT_PULL_POLICY": "Never",
            }
            with webhook_process(box, variables, name="webhook-from-nothing", port=8444) as webhook:
                nodes.apply(webhook_configuration("from-nothing", webhook.client_config(), namespaces=here))
                _tell(story, pods)
                nodes.kubectl("delete", "mutatingwebhookconfiguration", "from-nothing")
    text = "".join(f"{seconds:6.1f} s  {name}\n" for name, seconds in story.steps.items())
    record("from-nothing.txt", text)
    show(text)


def _tell(story: Story, pods: VaultPods) -> None:
    installation = story.installation
    annotations = {"file.omamori.dev/db": f"{PATH}#password"}
    canary = Canary.random()
    both = story.access_file(pods, ["checkout", "late"])

    assert story.policy(pods, "plan", "-f", both, code=2).endswith("7 to create\n")
    with story.step("policy apply"):
        applied = story.policy(pods, "apply", "-f", both)
    assert applied.endswith("done: 7 written\n")
    pods.admin.write(PATH, {"data": {"password": canary.value}})
    with story.step("a Pod has its secret"):
        installation.nodes.apply(pod(NAMESPACE, "checkout", annotations, {}))
        installation.wait_for_phase(NAMESPACE, "checkout", "Succeeded")
    assert story.policy(pods, "plan", "-f", both).endswith("Vault matches the files.\n")

    one = story.access_file(pods, ["checkout"])
    with story.step("policy plan, with a grant less"):
        planned = story.policy(pods, "plan", "-f", one, code=2)
    assert planned.endswith("2 to delete by apply --prune\n")
    with story.step("policy apply --prune"):
        pruned = story.policy(pods, "apply", "-f", one, "--prune")
    assert pruned.endswith("done: 2 written\n")
    with story.step("a new Pod is refused"):
        installation.nodes.apply(pod(NAMESPACE, "late", annotations, {}))
        said = wait_until(lambda: ended(installation, "late"), 120, "the init container of late ends")
    assert said["exitCode"] == LOGIN_REFUSED, said
    message = json.loads(said["message"])
    assert message["reason"] == "login-refused"
    assert f"{NAMESPACE}.late" in message["hint"], message
    assert occurrences(canary, (applied + planned + pruned).encode()) == ()
