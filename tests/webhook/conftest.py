"""Fixtures of the webhook's tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.support.vault.access import Ground
from tests.support.vault.server import VaultServer
from tests.support.webhook.golden import golden_server
from tests.webhook.policy_calls import Call
from tests.webhook.suggested import Suggest
from webhook.cli import main


@pytest.fixture
def suggest(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Suggest:
    """Call it, offline; gives the exit code, the file and the lines on stderr."""
    monkeypatch.delenv("VAULT_ADDR", raising=False)

    def called(*words: str | Path) -> tuple[int, str, list[str]]:
        code = main(["policy", "suggest", *map(str, words)])
        out, err = capsys.readouterr()
        return code, out, [line.removeprefix("omamori policy suggest: ") for line in err.splitlines()]

    return called


@pytest.fixture
def ground(vault_server: VaultServer) -> Iterator[Ground]:
    """Mounts of its own."""
    made = Ground(vault_server, kind="kubernetes")
    yield made
    made.clear()


@pytest.fixture(scope="module")
def golden_vault(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[VaultServer]:
    """A server with the data of the golden cases of vault-k8s."""
    with golden_server(tmp_path_factory.mktemp("golden"), authority) as server:
        yield server


@pytest.fixture
def call(vault_server: VaultServer, tmp_path: Path) -> Call:
    """Call `omamori policy`, with the way to the Vault where it is needed."""
    token = tmp_path / "token"
    token.write_text(vault_server.root_token)
    where = ["--vault-address", vault_server.address, "--vault-ca-file", str(vault_server.ca_file)]

    def called(command: str, *words: str | Path, asks: bool = True) -> int:
        return main(
            ["policy", command, *map(str, words), *([*where, "--vault-token-file", str(token)] if asks else [])]
        )

    return called


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take what the tests themselves are told out of the environment: to a command it would be settings."""
    for name in [each for each in os.environ if each.startswith("OMAMORI_")]:
        monkeypatch.delenv(name)
