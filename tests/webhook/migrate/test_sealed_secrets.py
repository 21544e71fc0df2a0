"""`omamori migrate sealed-secrets`: what moves, what remains, and that each container has what it had."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from ruamel.yaml import YAML

from tests.support.canary import Canary, occurrences
from tests.support.vault.server import AUDIENCE, VaultServer
from tests.webhook.migrate.delivered import by_kubelet, by_omamori
from tests.webhook.test_commands import run

CASES = Path(__file__).parents[2] / "cases/migrate/sealed-secrets"
ROLE = "migrated"
DB, REGISTRY = "the Secret shop/db", "the Secret shop/registry"
POD = "web.yaml:2: Deployment shop/web: spec.template.spec"
VALUES = {key: Canary.plain().value.encode() for key in ("username", "password")}
BINARY = bytes(range(256))
SECRETS = {
    "db": {**VALUES, "ca.crt": BINARY},
    "mail": {"user": b"shop", "pass.word": VALUES["password"], "1st": b"first"},
    "registry": {".dockerconfigjson": b"{}"},
}


class _Api(BaseHTTPRequestHandler):
    """An API server that has the Secrets."""

    secrets: ClassVar[dict[str, dict[str, bytes]]] = SECRETS

    def do_GET(self) -> None:
        *_, namespace, kind, name = self.path.partition("?")[0].split("/")
        known = self.secrets.get(name) if (namespace, kind) == ("shop", "secrets") else None
        data = {key: base64.b64encode(value).decode() for key, value in (known or {}).items()}
        body = json.dumps({"kind": "Secret", "data": data} if known is not None else {"kind": "Status"}).encode()
        self.send_response(200 if known is not None else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the name is the base's
        """Say nothing."""


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Iterator[Path]:
    """The way to the API server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    file = tmp_path / "kubeconfig"
    file.write_text(
        f"apiVersion: v1\nkind: Config\ncurrent-context: a\nclusters: [{{name: a, cluster: {{server: '{url}'}}}}]\n"
        "contexts: [{name: a, context: {cluster: a, user: a}}]\nusers: [{name: a, user: {}}]\n"
    )
    yield file
    server.shutdown()
    server.server_close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository of manifests."""
    return Path(shutil.copytree(CASES, tmp_path / "deploy", ignore=shutil.ignore_patterns("*.moved")))


def migrate(*words: str | Path, server: VaultServer | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command, with the way to a Vault where one is given."""
    own = {"VAULT_ADDR": "", "VAULT_TOKEN": ""}
    if server is not None:
        own = {"VAULT_ADDR": server.address, "VAULT_TOKEN": server.root_token, "VAULT_CACERT": str(server.ca_file)}
    return run("migrate", "sealed-secrets", *words, **own)


def templates(folder: Path) -> dict[str, dict[str, Any]]:
    """Give the Pod templates of web.yaml, by the name of their object. YAML 1.1, as kubectl reads it."""
    yaml = YAML(typ="safe", pure=True)
    yaml.version = "1.1"
    found = {}
    for each in yaml.load_all((folder / "web.yaml").read_text()):
        spec = each["spec"].get("jobTemplate", each)["spec"]
        found[each["metadata"]["name"]] = spec["template"]
    return found


def test_rewritten(folder: Path) -> None:
    """The files are as they should be, comments in their places; what remains is named; a second run finds nothing."""
    checked = migrate("--check", folder)
    assert checked.returncode == 2, checked.stderr
    assert [each.read_text() for each in sorted(folder.iterdir())] == [
        each.read_text() for each in sorted(CASES.glob("*.yaml"))
    ]
    done = migrate(folder)

    assert done.returncode == 0, done.stderr
    assert done.stdout == checked.stdout
    for file in CASES.glob("*.yaml"):
        moved = file.with_suffix(".yaml.moved")
        assert (folder / file.name).read_text() == (moved if moved.exists() else file).read_text()
    lines = done.stdout.replace(f"{folder}/", "").splitlines()
    assert [line for line in lines if line.startswith("moves")] == [
        "moves: web.yaml:2: Deployment shop/web: 2 variables, 2 files",
        "moves: web.yaml:54: CronJob shop/report: 4 variables, 0 files",
    ]
    assert [line for line in lines if line.startswith("remains")] == [
        f"remains a Secret: {each}"
        for each in (
            f"rest.yaml:1: Ingress shop/web: spec.tls[0].secretName is {DB}: an ingress controller reads it",
            f"rest.yaml:11: Pod shop/projected: spec.volumes[0].projected.sources[0].secret.name is {DB}",
            f"{POD}.imagePullSecrets[0].name is {REGISTRY}: the kubelet reads it before any container runs",
        )
    ]
    assert "note: web.yaml:54: CronJob shop/report: report: 1st becomes no variable; " in "\n".join(lines)
    again = migrate(folder)
    assert (again.returncode, "moves" in again.stdout) == (0, False)


def test_each_container_has_what_it_had(
    folder: Path, kubeconfig: Path, vault_server: VaultServer, tmp_path: Path
) -> None:
    """With --write the values are in Vault, binary ones too; then files and variables are those of the Secrets."""
    before = templates(folder)
    write = vault_server.client.write
    write("sys/policies/acl/migrated", {"policy": 'path "secret/data/t-migrate/*" { capabilities = ["read"] }'})
    write(
        f"auth/jwt/role/{ROLE}",
        {
            "role_type": "jwt",
            "user_claim": "sub",
            "bound_audiences": [AUDIENCE],
            "token_type": "batch",
            "bound_subject": "system:serviceaccount:shop:checkout",
            "token_policies": ["migrated"],
        },
    )
    words = ("--write", "--path", "secret/data/t-migrate/{namespace}/{name}", "--kubeconfig", kubeconfig, folder)
    done = migrate(*words, server=vault_server)

    assert done.returncode == 0, done.stderr
    assert "vault: shop/db: its 3 values written to secret/data/t-migrate/shop/db" in done.stdout
    for value in VALUES.values():
        printed = f"{done.stdout}{done.stderr}{''.join(each.read_text() for each in folder.iterdir())}"
        assert not occurrences(Canary(value.decode()), printed.encode())
    after = templates(folder)
    for name, count in {"web": 4, "report": 4}.items():
        wanted = by_kubelet(before[name]["spec"], SECRETS)
        assert by_omamori(after[name], "shop", vault_server, ROLE, tmp_path / name) == wanted
        assert sum(map(len, wanted.values())) == count
    again = migrate(*words, server=vault_server)
    assert "shop/db: its 3 values are there already at secret/data/t-migrate/shop/db" in again.stdout


def test_others_values_stay(folder: Path, kubeconfig: Path, vault_server: VaultServer) -> None:
    """What is at the path is not replaced, and no file is changed then."""
    vault_server.client.write("secret/data/t-others/shop/db", {"data": {"password": "another"}})
    words = ("--write", "--path", "secret/data/t-others/{namespace}/{name}", "--kubeconfig", kubeconfig, folder)
    done = migrate(*words, server=vault_server)

    assert done.returncode == 1
    assert "secret/data/t-others/shop/db has other values than the Secret shop/db" in done.stderr
    assert (folder / "web.yaml").read_text() == (CASES / "web.yaml").read_text()


def test_no_live_secret(folder: Path, kubeconfig: Path, vault_server: VaultServer) -> None:
    """A SealedSecret that its controller has not opened stops all of it."""
    file = folder / "secrets.yaml"
    file.write_text(file.read_text().replace("name: registry", "name: absent"))
    done = migrate("--write", "--kubeconfig", kubeconfig, folder, server=vault_server)
    assert done.returncode == 1
    assert "there is no Secret shop/absent in the cluster; has its controller made it?" in done.stderr


@pytest.mark.parametrize("pattern", ["secret/data/{name}", "secret/data/x"])
def test_pattern(folder: Path, pattern: str) -> None:
    """Two Secrets must not get one path."""
    done = migrate("--path", pattern, folder)
    assert done.returncode == 1
    assert "it has to have {namespace} and {name}" in done.stderr
