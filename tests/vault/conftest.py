"""Fixtures of the tests that talk to Vault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import trustme

from tests.support.vault.clock import Clock, Log
from tests.support.vault.proxy import Proxy, running_proxy
from tests.support.vault.server import TlsFiles, VaultServer, hashed, issue
from vault.agent.api.session import Session

Begin: TypeAlias = Callable[..., Session]


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


@pytest.fixture
def hashed_directory(vault_server: VaultServer, tmp_path: Path) -> Path:
    """A directory with the certificate of the server's CA, for OpenSSL."""
    return hashed(vault_server.ca_pem, tmp_path / "certs")


@pytest.fixture
def begin(vault_server: VaultServer, clock: Clock, log: Log) -> Iterator[Begin]:
    """Begin a session, not logged in, by that clock and log, with some fields of its Plan; at the end it is closed."""
    begun: list[Session] = []

    def begin_session(*, seconds: float = 60, **fields: Any) -> Session:
        begun.append(Session(vault_server.session(**fields), clock.deadline(seconds), log))
        return begun[-1]

    yield begin_session
    for session in begun:
        session.end(has_leases=True)
