"""The golden cases of vault-k8s against HashiCorp's Vault on DynamoDB: the same bytes and modes in the same files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.realparts import vault
from tests.realparts.dynamodb import DynamoDB
from tests.realparts.sandbox import Sandbox
from tests.support.cluster.place import prepare
from tests.support.vault.server import VaultServer
from tests.support.webhook.golden import CASES, add_golden_data, check_case

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def golden(box: Sandbox, store: DynamoDB, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VaultServer]:
    """A Vault of its own: the cases count the versions of a secret that other tests use."""
    with vault.vault(box, vault.Storage(store.endpoint, "golden"), name="golden", port=8440) as node:
        server = prepare(node, tmp_path_factory.mktemp("golden"))
        add_golden_data(server)
        yield server


@pytest.mark.parametrize("name", CASES)
def test_golden(golden: VaultServer, tmp_path: Path, name: str) -> None:
    """One case, from the Pod to its files."""
    check_case(name, golden, tmp_path)
