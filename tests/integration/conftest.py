"""Fixtures of the integration tests: a run with a Vault on DynamoDB serves them all, and ends with the last of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.controllers import Place, certified_place
from tests.realparts import vault
from tests.realparts.dynamodb import DynamoDB, dynamodb
from tests.realparts.sandbox import Sandbox, sandbox
from tests.support.cluster.place import prepare
from tests.support.vault.proxy import Proxy, running_proxy
from tests.support.vault.server import TlsFiles, VaultServer, issue

if TYPE_CHECKING:
    import trustme


@pytest.fixture(scope="package")
def box() -> Iterator[Sandbox]:
    """The run."""
    with sandbox() as made:
        yield made


@pytest.fixture(scope="package")
def store(box: Sandbox) -> Iterator[DynamoDB]:
    """DynamoDB Local."""
    with dynamodb(box) as made:
        yield made


@pytest.fixture(scope="package")
def node(box: Sandbox, store: DynamoDB) -> Iterator[vault.VaultServer]:
    """The Vault as a process: to be sealed, stopped, and fixed again."""
    with vault.vault(box, vault.Storage(store.endpoint)) as made:
        yield made


@pytest.fixture(scope="package")
def server(node: vault.VaultServer, tmp_path_factory: pytest.TempPathFactory) -> VaultServer:
    """The same Vault as a server with secrets and roles."""
    return prepare(node, tmp_path_factory.mktemp("vault"))


@pytest.fixture(scope="package")
def trusted_tls(node: vault.VaultServer, tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    """A certificate for 127.0.0.1 by the authority of the Vault."""
    root: trustme.CA = node.authority.root
    return issue(root, tmp_path_factory.mktemp("tls"), "127.0.0.1")


@pytest.fixture
def proxy(server: VaultServer, trusted_tls: TlsFiles) -> Iterator[Proxy]:
    """A proxy before the Vault, with an empty script."""
    with running_proxy(trusted_tls, server) as made:
        yield made


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """An empty directory for files, as a mounted volume."""
    made = tmp_path / "volume"
    made.mkdir()
    return made


@pytest.fixture(scope="package")
def certified() -> Iterator[Place]:
    """An API server that calls a webhook with certificates by controllers."""
    with certified_place() as made:
        yield made
