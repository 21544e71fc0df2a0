"""docs/ci.md: the pipelines are YAML, and what they do without a Vault works on the example's files."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.docs.pages import DOCS, PROJECT, blocks

PIPELINES: dict[str, Any] = {
    block.splitlines()[0]: YAML(typ="safe", pure=True).load(block) for block in blocks(DOCS / "ci.md", "yaml")
}
EXAMPLES = PROJECT / "deploy/examples"


def commands(value: object) -> Iterator[str]:
    """Give each command of a pipeline, wherever it stands."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from [each] if key == "run" else commands(each)
    elif isinstance(value, list):
        for each in value:
            yield from [each] if isinstance(each, str) else commands(each)


@pytest.mark.parametrize("name", ["# .github/workflows/vault-access.yaml", "# .gitlab-ci.yml"])
def test_each_command_of_the_table_is_in_the_pipeline(name: str) -> None:
    """Both pipelines test, plan, apply and look for drift."""
    found = " ".join(commands(PIPELINES[name]))
    assert [each for each in ("test", "plan", "apply", "drift") if f"omamori policy {each} " not in found] == []


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with access files, their tests, and manifests."""
    for folder, name in (("access", "access.yaml"), ("access-tests", "access-test.yaml"), (".", "checkout.yaml")):
        (tmp_path / folder).mkdir(exist_ok=True)
        shutil.copy(EXAMPLES / name, tmp_path / folder)
    return tmp_path


def run(command: str, folder: Path) -> int:
    """Run a command as a pipeline's shell does, and give its exit code."""
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    return subprocess.run(["bash", "-e", "-c", command], cwd=folder, env=environment, check=False).returncode


@pytest.mark.parametrize("name", ["# .github/workflows/vault-access.yaml", "# .gitlab-ci.yml"])
def test_assertions(name: str, repository: Path) -> None:
    """The step `test` passes with the example's files, and fails where an assertion does not hold."""
    (step,) = (each for each in commands(PIPELINES[name]) if "policy test" in each)
    assert run(step, repository) == 0
    file = repository / "access/access.yaml"
    file.write_text(file.read_text().replace("secret/data/shop/db: read", "secret/data/billing/db: read"))
    assert run(step, repository) == 2


def test_manifests(repository: Path) -> None:
    """The last block's commands take the example's manifest, with settings of a file, and find a mistake."""
    script = list(commands(PIPELINES["# a job of GitHub Actions or GitLab: its commands"]))
    suggest, lint = (next(each for each in script if f"omamori {name}" in each) for name in ("policy suggest", "lint"))
    (repository / "shop.yaml").write_text((repository / "checkout.yaml").read_text())
    (repository / "omamori.env").write_text(
        "OMAMORI_VAULTS=main\nOMAMORI_VAULT_MAIN_ADDRESS=https://vault.example.com:8200\n"
        "OMAMORI_AGENT_IMAGE=registry.example.com/omamori-agent:1\n"
        "OMAMORI_TLS_CERTIFICATE_FILE=/tls/tls.crt\nOMAMORI_TLS_KEY_FILE=/tls/tls.key\n"
    )
    assert run(suggest, repository) == 0
    assert run(lint, repository) == 0
    assert "secret/data/shop/db" in (repository / "wanted.yaml").read_text()
    (repository / "shop.yaml").write_text((repository / "shop.yaml").read_text().replace("mode=0400", "mode=0480"))
    assert run(lint, repository) == 2
