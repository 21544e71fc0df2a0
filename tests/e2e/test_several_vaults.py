"""Two Vaults and two roles in one Pod on a real node: one login and one token each, and a sidecar that keeps all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.cookbook.recipes import read_recipes
from tests.support.canary import Canary
from tests.support.cluster.manifests import container, pod
from tests.support.cluster.place import audited
from tests.support.cluster.vaultside import write_role
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.realparts.vault import VaultServer
    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

NAMESPACE = "vaults"
STAYING = ["/bin/sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"]
ASKED = read_recipes()["Secrets of two Vaults, and of two roles"].annotations
FOLDERS = {"here": "shop", "audit": "audit", "there": "shop"}


class Place:
    """The two Vaults, and the secrets of the files by their names."""

    def __init__(self, installation: Installation, second: VaultServer) -> None:
        """Write policies and secrets."""
        self.installation = installation
        self.vaults: Mapping[str, VaultServer] = {
            "here": installation.vault,
            "audit": installation.vault,
            "there": second,
        }
        self.canaries: dict[str, Canary] = {}
        for server, name in ((installation.vault, "shop"), (installation.vault, "audit"), (second, "shop")):
            rule = f'path "secret/data/{name}/*" {{ capabilities = ["read"] }}\n'
            watched = rule.replace("data/", "metadata/")
            server.admin.write(f"sys/policies/acl/two-{name}", policy=rule + watched)
        for name in FOLDERS:
            self.rotate(name)

    def rotate(self, name: str) -> None:
        """Write another value of a file's secret."""
        self.canaries[name] = Canary.random()
        path = f"secret/data/{FOLDERS[name]}/two"
        self.vaults[name].admin.write(path, {"data": {"password": self.canaries[name].value}})

    def start(self, name: str, annotations: Mapping[str, str]) -> None:
        """Start a Pod whose ServiceAccount has a role in each Vault, and another one in the first."""
        made = self.installation.account(NAMESPACE, name, policy="two-shop", token_type="service")
        write_role(self.vaults["there"], NAMESPACE, name, policy="two-shop", audience="eu-west", token_type="service")
        self.vaults["audit"].admin.write(
            "auth/kubernetes/role/shop.audit",
            {"token_type": "service", "token_ttl": "10m"},
            bound_service_account_names=name,
            bound_service_account_namespaces=NAMESPACE,
            audience="vault",
            token_policies="two-audit",
        )
        spec = {"containers": [container(command=STAYING)]}
        self.installation.nodes.apply(made, pod(NAMESPACE, name, annotations, spec))
        self.installation.wait_for_phase(NAMESPACE, name, "Running")

    def delivered(self, pod_name: str, *files: str) -> bool:
        """Whether the files have what is in Vault now."""
        return all(self._read(pod_name, each) == self.canaries[each].value for each in files or FOLDERS)

    def _read(self, pod_name: str, file: str) -> str:
        place = f"/vault/secrets/{file}"
        return self.installation.nodes.kubectl("exec", pod_name, "-n", NAMESPACE, "-c", "app", "--", "cat", place)

    def logins(self, account: str) -> list[tuple[str, str]]:
        """Give each login of a ServiceAccount: the Vault and the role."""
        found = []
        for name, server in (("main", self.vaults["here"]), ("eu-west", self.vaults["there"])):
            for entry in audited(server.audit_log, "auth/kubernetes/login"):
                who: Mapping[str, Any] = entry.get("auth", {}).get("metadata", {})
                if (who.get("service_account_namespace"), who.get("service_account_name")) == (NAMESPACE, account):
                    found.append((name, who["role"]))
        return found


@pytest.fixture(scope="module")
def place(installation: Installation) -> Iterator[Place]:
    """Both Vaults, with what the Pods ask for."""
    installation.namespace(NAMESPACE)
    with installation.second_vault() as second:
        yield Place(installation, second)


def test_one_login_each(place: Place) -> None:
    """Three files by three logins: one in the audit log for each Vault and role, and none more."""
    place.start("two", ASKED)

    assert place.delivered("two")
    assert sorted(place.logins("two")) == [("eu-west", "vaults.two"), ("main", "shop.audit"), ("main", "vaults.two")]


def test_a_sidecar_keeps_both(place: Place) -> None:
    """A Vault that is away leaves its file as it is; the other's go on; it is followed again when it is back."""
    place.start("kept", {**ASKED, "omamori.dev/mode": "sidecar", "omamori.dev/refresh": "2s"})
    assert place.delivered("kept")

    place.vaults["there"].stop()
    place.rotate("here")
    place.rotate("audit")
    wait_until(lambda: place.delivered("kept"), 60, "the first Vault's files are new, the second one's as they were")
    place.vaults["there"].start()
    place.rotate("there")
    wait_until(lambda: place.delivered("kept"), 90, "the second Vault's file is new")

    assert sorted(place.logins("kept")) == [
        ("eu-west", "vaults.kept"),
        ("main", "shop.audit"),
        ("main", "vaults.kept"),
    ]
