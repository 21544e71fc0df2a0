"""Fixtures of the tests that talk to Vault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.vault.support.clock import Clock, Log
from tests.vault.support.proxy import Proxy, running_proxy
from tests.vault.support.server import TlsFiles, VaultServer, issue


@pytest.fixture(scope="session")
def loopback_tls(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> TlsFiles:
    """A trusted certificate for 127.0.0.1."""
    return issue(authority, tmp_path_factory.mktemp("tls"), "127.0.0.1")


@pytest.fixture
def proxy(vault_server: VaultServer, loopback_tls: TlsFiles) -> Iterator[Proxy]:
    """A proxy before the real server, with an empty script."""
    with running_proxy(loopback_tls, vault_server) as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    """A clock that moves only by waiting."""
    return Clock()


@pytest.fixture
def log() -> Log:
    """A log that is a list."""
    return Log()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """An empty directory for files, as a mounted volume."""
    made = tmp_path / "volume"
    made.mkdir()
    return made
