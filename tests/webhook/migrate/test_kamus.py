"""`omamori migrate kamus`: the init container becomes annotations that make the same files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.support.canary import Canary
from tests.support.vault.server import AUDIENCE, VaultServer
from tests.webhook.migrate.delivered import by_omamori
from tests.webhook.test_commands import run

CASES = Path(__file__).parents[2] / "cases/migrate/kamus"
VALUES = {"key": Canary.plain().value, "password": Canary.random().value}
STRICT = "".join(f'{key}="{value}"\n' for key, value in VALUES.items())
PATTERN = "secret/data/t-kamus/{namespace}/{name}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository of manifests."""
    return Path(shutil.copytree(CASES, tmp_path / "deploy", ignore=shutil.ignore_patterns("*.moved")))


def test_rewritten(folder: Path) -> None:
    """What Kamus does is gone, and nothing else; what stays is named; a second run finds nothing."""
    assert run("migrate", "kamus", "--check", folder).returncode == 2
    done = run("migrate", "kamus", folder)

    assert done.returncode == 0, done.stderr
    assert (folder / "app.yaml").read_text() == (CASES / "app.yaml.moved").read_text()
    lines = done.stdout.replace(f"{folder}/", "").splitlines()
    assert [line for line in lines if line.startswith("moves")] == [
        "moves: app.yaml:11: Deployment shop/json: 0 variables, 1 file",
        "moves: app.yaml:50: Deployment shop/cfg: 0 variables, 1 file",
        "moves: app.yaml:79: Deployment shop/files: 0 variables, 2 files",
        "moves: app.yaml:136: Job shop/made: 1 variable, 0 files",
    ]
    assert sum("has to have the keys key, password" in line for line in lines) == 3
    assert any(
        line.startswith("stays: app.yaml:104: Deployment shop/custom: its output format custom") for line in lines
    )
    again = run("migrate", "kamus", folder)
    assert (again.returncode, "moves" in again.stdout) == (0, False)


def test_same_files(folder: Path, vault_server: VaultServer, tmp_path: Path) -> None:
    """JSON, lines with quotes, a file for each key: as Kamus writes them, and where the containers had them."""
    write = vault_server.client.write
    write("secret/data/t-kamus/shop/encrypted-secrets", {"data": VALUES})
    write("sys/policies/acl/t-kamus", {"policy": 'path "secret/data/t-kamus/*" { capabilities = ["read"] }'})
    write(
        "auth/jwt/role/t-kamus",
        {
            "role_type": "jwt",
            "user_claim": "sub",
            "bound_audiences": [AUDIENCE],
            "token_type": "batch",
            "bound_subject": "system:serviceaccount:shop:checkout",
            "token_policies": ["t-kamus"],
        },
    )
    done = run("migrate", "kamus", "--path", PATTERN, folder)
    assert done.returncode == 0, done.stderr
    documents = YAML(typ="safe", pure=True).load_all((folder / "app.yaml").read_text())
    made = {each["metadata"]["name"]: each["spec"]["template"] for each in documents if each["kind"] == "Deployment"}

    seen = {
        name: by_omamori(made[name], "shop", vault_server, "t-kamus", tmp_path / name)
        for name in ("json", "cfg", "files")
    }
    assert json.loads(seen["json"]["app"]["/secrets/config.json"][0]) == VALUES
    assert {path: text for path, (text, _) in seen["cfg"]["app"].items()} == {"/etc/app/app.cfg": STRICT.encode()}
    assert seen["cfg"]["other"] == {}
    assert {path: text.decode() for path, (text, _) in seen["files"]["app"].items()} == {
        f"/etc/app/{key}": value for key, value in VALUES.items()
    }
