"""The controller of SealedSecrets: beside omamori in one Pod, and a repository that moves from it."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.ecosystem.live.kinds import install_kinds
from tests.ecosystem.live.programs import program_image
from tests.ecosystem.live.shop import Shop, example
from tests.realparts.parts import part
from tests.support.canary import Canary, occurrences
from tests.support.cluster.vaultside import write_role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.install.installed import Installed

pytestmark = [pytest.mark.ecosystem, pytest.mark.timeout(600)]

PROJECT = Path(__file__).parents[3]
REPOSITORY = Path(__file__).with_name("sealedrepository.yaml")
NAMESPACE = "sealed"
CONTROLLER = "sealed-secrets"
IMAGE = "localhost/sealed-secrets:test"
KEYS = ("password", "token", "ca.crt")
ADMIN = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}


@pytest.fixture(scope="module")
def certificate(inside: Installed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The controller runs in a Pod of its own; what it seals by."""
    nodes, folder = inside.nodes, tmp_path_factory.mktemp("sealed-secrets")
    install_kinds(nodes, "sealed-secrets")
    nodes.import_image(program_image(part("sealed-secrets") / "bin/controller", IMAGE, 1001, folder))
    nodes.kubectl("create", "namespace", CONTROLLER)
    nodes.apply(*controller())
    nodes.kubectl(
        "wait", "--for=condition=Available", "deployment/controller", "-n", CONTROLLER, "--timeout=120s", seconds=150
    )
    keys = (
        "get",
        "secrets",
        "-n",
        CONTROLLER,
        "-l",
        "sealedsecrets.bitnami.com/sealed-secrets-key=active",
        "-o",
        "json",
    )
    (key,) = json.loads(nodes.kubectl(*keys))["items"]
    made = folder / "tls.crt"
    made.write_bytes(base64.b64decode(key["data"]["tls.crt"]))
    yield made
    nodes.kubectl("delete", "namespace", CONTROLLER)


@pytest.fixture(scope="module")
def shop(inside: Installed) -> Shop:
    """The namespace of the repository, whose role in Vault reads what is moved there."""
    shop = Shop(inside, NAMESPACE)
    shop.open()
    policy = f'path "secret/data/{NAMESPACE}/*" {{ capabilities = ["read"] }}'
    inside.vault.admin.write("sys/policies/acl/sealed", policy=policy)
    write_role(inside.vault, NAMESPACE, "web", policy="sealed")
    return shop


def controller() -> list[dict[str, Any]]:
    """Give what runs the controller, with an administrator's rights."""
    metadata = {"name": "controller", "namespace": CONTROLLER}
    labels = {"app": "controller"}
    ready = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 1}
    container = {
        "name": "controller",
        "image": IMAGE,
        "imagePullPolicy": "Never",
        "command": ["controller"],
        "readinessProbe": ready,
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
    }
    spec = {"serviceAccountName": "controller", "containers": [container], "volumes": [{"name": "tmp", "emptyDir": {}}]}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": CONTROLLER},
            "roleRef": ADMIN,
            "subjects": [{"kind": "ServiceAccount", **metadata}],
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": metadata,
            "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}},
        },
    ]


def seal(shop: Shop, certificate: Path, namespace: str, name: str, values: Mapping[str, Canary]) -> str:
    """Seal a Secret by kubeseal, apply the SealedSecret, wait until there is the Secret, and give what was applied."""
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "stringData": {key: each.value for key, each in values.items()},
    }
    kubeseal: list[str | Path] = [part("sealed-secrets") / "bin/kubeseal", "--cert", certificate, "--format", "json"]
    sealed = shop.inside.box.run(kubeseal, stdin=json.dumps(secret)).stdout
    shop.inside.nodes.apply(json.loads(sealed))
    found = ("secret", name, "-n", namespace, "--ignore-not-found")
    shop.wait(lambda: shop.inside.nodes.get(*found), f"the controller has made the Secret {name}")
    return sealed


def digest(canary: Canary) -> str:
    """Give what the application reports of a value."""
    return hashlib.sha256(canary.value.encode()).hexdigest()


def test_beside(shop: Shop, certificate: Path) -> None:
    """The page's example: one variable from Vault, one from a Secret that the controller has made."""
    beside = Shop(shop.inside, "shop")
    beside.open("checkout")
    mail = Canary.random()
    seal(shop, certificate, "shop", "checkout", {"mail": mail})
    _, password = beside.write("secret/data/shop/db", "password")
    (made,) = example("sealed-secrets.yaml", {"app": ("--stay", "env:DB_PASSWORD", "env:MAIL_PASSWORD")})
    made["metadata"]["name"] = made["spec"]["template"]["metadata"]["labels"]["app"] = "beside"
    made["spec"]["selector"]["matchLabels"]["app"] = "beside"

    beside.inside.nodes.apply(made)

    def told() -> bool:
        return [beside.told(each, "app") for each in beside.pods("app=beside")] == [[password, digest(mail)]]

    beside.wait(told, "the Pod has both")
    beside.inside.nodes.kubectl("delete", "deployment", "beside", "-n", "shop")


def run_once(shop: Shop, file: Path) -> tuple[list[str], dict[str, Any]]:
    """Apply the repository, wait until its Pod has ended, and give what it has reported, and the Pod, which is gone."""
    shop.inside.nodes.kubectl("apply", "-f", str(file))

    def ended() -> dict[str, Any] | None:
        (found,) = shop.pods("app=web")
        return found if found["status"]["phase"] in {"Succeeded", "Failed"} else None

    pod = shop.wait(ended, "the Pod has ended")
    told = shop.told(pod, "app")
    shop.inside.nodes.kubectl("delete", "pod", "web", "-n", NAMESPACE)
    return told, pod


def migrate(shop: Shop, folder: Path, *words: str) -> tuple[int, str]:
    """Run `omamori migrate sealed-secrets`, and give its exit code and all that it says."""
    vault = shop.inside.vault
    environment = {
        "PYTHONPATH": str(PROJECT),
        "KUBECONFIG": str(shop.inside.nodes.kubeconfig),
        "VAULT_ADDR": vault.address,
        "VAULT_CACERT": str(vault.ca_pem),
        "VAULT_TOKEN": str(vault.admin.token),
    }
    command: list[str | Path] = [sys.executable, "-m", "webhook", "migrate", "sealed-secrets", *words, folder]
    done = shop.inside.box.run(command, env=environment, check=False)
    return done.returncode, done.stdout + done.stderr


def test_moving(shop: Shop, certificate: Path, tmp_path: Path, show: Callable[[str], None]) -> None:
    """Variables and files are the same before and after, and no value is in what the command says or writes."""
    values = {key: Canary.random() for key in KEYS}
    (tmp_path / "db.yaml").write_text(seal(shop, certificate, NAMESPACE, "db", values))
    registry = {"auth": Canary.random()}
    (tmp_path / "registry.yaml").write_text(seal(shop, certificate, NAMESPACE, "registry", registry))
    file = tmp_path / "web.yaml"
    shutil.copyfile(REPOSITORY, file)
    before, old = run_once(shop, file)
    ca = digest(values["ca.crt"])
    password, token = digest(values["password"]), digest(values["token"])
    assert before == [password, password, token, password, ca, ca, ca]

    assert migrate(shop, tmp_path, "--check")[0] == 2
    code, said = migrate(shop, tmp_path, "--write")
    assert code == 0, said
    assert f"imagePullSecrets[0].name is the Secret {NAMESPACE}/registry" in said
    code, again = migrate(shop, tmp_path, "--write")
    assert (code, "moves: " in again) == (0, False)
    after, new = run_once(shop, file)

    assert after == before
    assert "secretKeyRef" in json.dumps(old["spec"])
    assert '"db"' not in json.dumps(new["spec"])
    assert [
        each for each in (*values.values(), *registry.values()) if occurrences(each, said.encode() + file.read_bytes())
    ] == []
    show(said.splitlines()[0])
